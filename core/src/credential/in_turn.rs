//! One credential after the other, without waiting long for a slow tool.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use super::context::Fetch;
use super::token::Token;
use crate::error::{Attempt, AttemptOutcome};
use crate::settings::Credential;

/// How long the chain waits for a command-line tool before it asks the next credential.
const PATIENCE_WITH_A_TOOL: Duration = Duration::from_secs(10);

/// A credential that is being asked, with its place in the chain.
struct Asked<'a> {
    place: usize,
    credential: Credential,
    answer: Answer<'a>,
}

/// The answer of a credential, which is on its way.
pub(super) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Token, Attempt>> + Send + 'a>>;

/// The first of `credentials` that gives a token, each asked by `ask_one`. A command-line tool that takes long lets the
/// others go first, and is waited for if none of them serves.
///
/// # Errors
/// The attempts, in the order of the credentials.
pub(super) async fn ask<'a>(
    credentials: Vec<Credential>,
    fetch: &Fetch<'_>,
    ask_one: impl Fn(Credential) -> Answer<'a> + Send,
) -> Result<(Credential, Token), Vec<Attempt>> {
    let mut attempts: Vec<(usize, Attempt)> = Vec::new();
    let mut under_way: Vec<Asked<'_>> = Vec::new();
    let mut ends = false;
    for (place, &credential) in credentials.iter().enumerate() {
        let is_hurried =
            credential.is_command_line_tool() && !fetch.settings.tools.has_own_limit && place + 1 < credentials.len();
        under_way.push(Asked { place, credential, answer: ask_one(credential) });
        let patience = fetch.system.clock.sleep(PATIENCE_WITH_A_TOOL);
        tokio::pin!(patience);
        // Until this one has answered, or its time is over.
        loop {
            let outcome = tokio::select! {
                biased;
                outcome = next(&mut under_way) => outcome,
                () = &mut patience, if is_hurried => {
                    tracing::info!(credential = credential.name(), "no answer yet; asking the next credential meanwhile");
                    break;
                }
            };
            let answered = match outcome {
                (_, credential, Ok(token)) => return Ok((credential, token)),
                (place, _, Err(attempt)) => {
                    ends |= attempt.outcome == AttemptOutcome::Failed;
                    attempts.push((place, attempt));
                    place
                }
            };
            if answered == place {
                break;
            }
        }
        if ends {
            break;
        }
    }
    while !ends && !under_way.is_empty() {
        match next(&mut under_way).await {
            (_, credential, Ok(token)) => return Ok((credential, token)),
            (place, _, Err(attempt)) => attempts.push((place, attempt)),
        }
    }
    attempts.sort_by_key(|(place, _)| *place);
    Err(attempts.into_iter().map(|(_, attempt)| attempt).collect())
}

/// The next answer of those that are under way; of several at once, the one that comes first in the chain.
async fn next(under_way: &mut Vec<Asked<'_>>) -> (usize, Credential, Result<Token, Attempt>) {
    poll_fn(|context| {
        for index in 0..under_way.len() {
            if let Poll::Ready(outcome) = under_way[index].answer.as_mut().poll(context) {
                let Asked { place, credential, .. } = under_way.remove(index);
                return Poll::Ready((place, credential, outcome));
            }
        }
        Poll::Pending
    })
    .await
}
