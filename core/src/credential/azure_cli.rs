//! The user of `az login`.
//!
//! <https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>

use super::context::Fetch;
use super::developer_tool::{self, Tool};
use super::token::Token;
use crate::error::{Code, Failure};
use crate::settings::Credential;
use crate::shell_word::argument;
use crate::shown::{Form, quoted, shown, shown_if};
use crate::system::Output;

const TOOL: Tool = Tool { credential: Credential::AzureCli, name: "az", by_hand: "az account get-access-token" };

const NOT_INSTALLED: &str = "Azure CLI could not be found";
const LOG_IN: &str = "Please run 'az login' from a command prompt to authenticate before using this credential";

/// Runs `az account get-access-token`.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let tenant = developer_tool::tenant(fetch)?;
    let log_in = log_in(fetch, tenant.as_deref());
    if let Some(claims) = &fetch.request.claims {
        let challenge = format!("az login --claims-challenge {}", developer_tool::base64(claims));
        return Err(developer_tool::claims_challenge(&log_in.replacen("az login", &challenge, 1)));
    }
    let resource = developer_tool::resource(fetch.request)?;
    let subscription = fetch.settings.tools.subscription.as_deref();
    if let Some(subscription) = subscription {
        check_subscription(subscription)?;
    }

    let mut arguments = ["account", "get-access-token", "--output", "json", "--resource", resource].to_vec();
    if let Some(tenant) = &tenant {
        arguments.extend(["--tenant", tenant]);
    }
    if let Some(subscription) = subscription {
        arguments.extend(["--subscription", subscription]);
    }
    tracing::debug!(
        resource = shown(Form::Scope, resource),
        tenant = shown_if(Form::Tenant, tenant.as_deref()),
        subscription = shown_if(Form::Subscription, subscription),
        "asking az"
    );
    match TOOL.run(fetch, "az", &arguments, fetch.settings.tools.inherited.pairs()).await? {
        Some(output) => read(&output, fetch, &log_in),
        None => Err(not_installed()),
    }
}

/// The login that helps with whatever a login helps with: multi-factor authentication is asked for by scope.
fn log_in(fetch: &Fetch<'_>, tenant: Option<&str>) -> String {
    let scope = fetch.request.scopes.first().map_or_else(String::new, |scope| argument(Form::Scope, scope, "<scope>"));
    let tenant =
        tenant.map_or_else(String::new, |tenant| format!(" --tenant {}", argument(Form::Tenant, tenant, "<tenant>")));
    format!("az login --scope {scope}{tenant}")
}

fn not_installed() -> Failure {
    Failure::unavailable(NOT_INSTALLED)
        .with_next_step("install it on a developer's machine (https://aka.ms/azure-cli) and run 'az login'")
}

fn check_subscription(subscription: &str) -> Result<(), Failure> {
    if subscription.chars().all(|c| c.is_ascii_alphanumeric() || "-._ ".contains(c)) {
        return developer_tool::value("subscription", Form::Subscription, subscription).map(drop);
    }
    Err(Failure::configuration(format!(
        "Subscription {} contains invalid characters",
        quoted(Form::Subscription, subscription)
    ))
    .with_next_step("Use the subscription's ID instead of its name. 'az account list --output table' shows both"))
}

/// An answer counts whatever was said beside it: `az` warns on standard error, and can trip on its way out.
fn read(output: &Output, fetch: &Fetch<'_>, log_in: &str) -> Result<Token, Failure> {
    let answers = developer_tool::objects(&output.stdout);
    let answer = answers.iter().find_map(|answer| Some((answer, developer_tool::text(answer, "accessToken")?)));
    if let Some((answer, token)) = answer {
        let moment = |name: &str| answer.get(name).and_then(|value| developer_tool::moment(value, fetch));
        // expires_on came with version 2.54; expiresOn is local time.
        return TOOL.token(token, moment("expires_on").or_else(|| moment("expiresOn")), fetch.system.clock.now());
    }
    let is_silent = output.stderr.trim().is_empty();
    match output.stdout.trim() {
        stdout if output.code == Some(0) && is_silent && !stdout.is_empty() => {
            Err(TOOL.unreadable(if answers.is_empty() { "it is not JSON" } else { "accessToken is missing" }))
        }
        _ => Err(refusal(output, log_in)),
    }
}

/// What `az` says on standard error, sorted by what the reader can do.
fn refusal(output: &Output, log_in: &str) -> Failure {
    let stderr = output.stderr.as_str();
    let says = |phrase| developer_tool::says(stderr, phrase);
    if developer_tool::names_missing_command(stderr, "az") {
        return not_installed();
    }
    // 126, 127 and 9009 are how a shell says that what `az` starts is not there or may not be run.
    if matches!(output.code, Some(126 | 127 | 9009)) || says("No module named") || says("bad interpreter") {
        return TOOL.broken(&developer_tool::quote(stderr));
    }
    let failure = TOOL.refused(stderr, output.code, log_in);
    if says("only one of subscription and tenant") {
        return failure.with_next_step("remove either the tenantId or the subscription option");
    }
    if says("doesn't exist in cloud") {
        return failure.with_next_step(
            "log in to the cloud of the subscription: 'az cloud list --output table' lists the clouds, 'az cloud set \
             --name AzureCloud' chooses the public one, and 'az login' logs in there",
        );
    }
    if says("No subscription found") {
        return failure.with_next_step(
            "run 'az login --allow-no-subscriptions' with an account of the tenant that has the resource: the login of az \
             has no subscription",
        );
    }
    if says("subscription") && (says("not found") || says("doesn't exist")) {
        return failure.with_next_step(
            "set the subscription option to a subscription that 'az account list --output table' lists, or run 'az \
             login' with an account that has it",
        );
    }
    // Entra ID's own words say more than the advice to log in that az puts behind them.
    let is_plain = failure.code == Code::Rejected && !says("AADSTS");
    if is_plain && says("az login") && !says("az login --scope") {
        return Failure::unavailable("az is not logged in").with_next_step(LOG_IN);
    }
    failure
}

#[cfg(test)]
mod tests;
