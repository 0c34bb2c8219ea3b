//! How an input says what a credential meets: lines of variables and options, then answers, between lines of dashes.

use std::collections::HashMap;
use std::sync::Arc;

use super::{
    CredentialOptions, Deadline, Failure, FakeSystem, Fetch, Memory, Settings, TokenRequest, Variables, answer,
};
use crate::fuzzing::is_secret;
use crate::http::request::Response;
use crate::settings::AppCredential;

/// The parts of an input.
pub(super) fn sections(text: &str) -> Vec<&str> {
    text.split("\n---\n").collect()
}

/// The variables whose values must stay secret.
const SECRETS: [&str; 5] =
    ["AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_SECRET", "AZURE_PASSWORD", "IDENTITY_HEADER", "MSI_SECRET"];
/// Those whose values are addresses, which can hold a password.
const ADDRESSES: [&str; 5] = ["AZURE_AUTHORITY_HOST", "HTTPS_PROXY", "IDENTITY_ENDPOINT", "MSI_ENDPOINT", "PROXY"];

/// An input: `NAME=value` a line, options and what is asked for being among them, and answers.
pub(super) struct Input<'a> {
    lines: Vec<(&'a str, &'a str)>,
    answers: Vec<Response>,
    text: &'a str,
}

impl<'a> Input<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let parts = sections(text);
        let (text, answers) = parts.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
        Self {
            lines: text.lines().filter_map(|line| line.split_once('=')).collect(),
            answers: answers.iter().map(|text| answer(text)).collect(),
            text,
        }
    }

    /// The values that `name` is given.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(move |(found, _)| *found == name).map(|(_, value)| *value)
    }

    /// The secrets and passwords that stand in no other line. An endpoint of `fake` that was not sent one may say it.
    pub(super) fn secrets(&self, fake: &FakeSystem) -> Vec<&'a str> {
        let addresses = ADDRESSES.iter().flat_map(|name| self.values(name));
        let passwords =
            addresses.filter_map(|address| address.split_once('@')?.0.rsplit_once(':').map(|(_, word)| word));
        let secrets = SECRETS.iter().flat_map(|name| self.values(name)).chain(passwords);
        let is_ours = |word: &str| self.text.matches(word).count() == 1;
        let is_known = |word: &str| fake.answers.is_empty() || fake.was_sent(word);
        secrets.filter(|word| is_secret(word) && is_ours(word) && is_known(word)).collect()
    }

    /// What it says, or what is wrong with that.
    pub(super) fn fixture(self) -> Result<Fixture<'a>, Failure> {
        let given = |name: &str| self.values(name).last().map(str::to_owned);
        let options = CredentialOptions {
            tenant_id: given("tenantId"),
            managed_identity_client_id: given("managedIdentityClientId"),
            managed_identity_resource_id: given("managedIdentityResourceId"),
            managed_identity_object_id: given("managedIdentityObjectId"),
            additionally_allowed_tenants: self.values("additionallyAllowedTenant").map(str::to_owned).collect(),
            authority_host: given("authorityHost"),
            subscription: given("subscription"),
            disable_instance_discovery: given("disableInstanceDiscovery").is_some(),
            app: given("cacheKey").map(AppCredential::Named),
            ..CredentialOptions::default()
        };
        let variables: HashMap<String, String> =
            self.lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let settings = Settings::parse(Variables::new(variables, false), &options)?;
        let scopes: Vec<String> = self.values("scope").map(str::to_owned).collect();
        let scopes = if scopes.is_empty() { vec![settings.openai_scope()] } else { scopes };
        let request = TokenRequest::new(scopes, given("tenant"), given("claims"))?;
        Ok(Fixture { settings, request, answers: self.answers.clone(), input: self })
    }
}

/// What a credential meets.
pub(super) struct Fixture<'a> {
    pub(super) settings: Settings,
    pub(super) request: TokenRequest,
    pub(super) answers: Vec<Response>,
    pub(super) input: Input<'a>,
}

impl<'a> Fixture<'a> {
    /// The fixture of an input; none if its variables are refused.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        Input::of(text).fixture().ok()
    }

    /// Runs `ask` in the fixture.
    pub(super) fn fetch(&self, fake: &Arc<FakeSystem>, ask: impl FnOnce(&Fetch<'_>)) {
        ask(&Fetch {
            system: &fake.system(),
            http: &*fake.http(),
            settings: &self.settings,
            request: &self.request,
            memory: &Memory::default(),
            app: None,
            deadline: &Deadline::new(&self.settings),
        });
    }
}
