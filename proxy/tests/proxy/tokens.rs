use std::sync::atomic::Ordering;

use azure_openai_entra_core::error::{Code, Failure};

use crate::support::*;

/// An upstream that takes only `token`, and answers others with `headers` and `body`.
fn taking(seen: &Seen, token: &str, headers: &'static str, body: &'static str) -> Setup {
    let wanted = format!("Bearer {token}");
    Setup::new(answering(seen, move |request| {
        if request.header("authorization") == Some(&wanted) {
            http("200 OK", "", &request.text())
        } else {
            http("401 Unauthorized", headers, body)
        }
    }))
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_body_comes_again() {
    let (old, new, seen) = (token(), token(), Seen::default());
    let mut setup = taking(&seen, &new, "www-authenticate: Bearer error=\"invalid_token\"\r\n", "{}");
    setup.tokens = vec![Ok(old), Ok(new)];
    let bed = setup.start().await;
    for body in ["first".to_owned(), "x".repeat(300_000)] {
        let answer = bed.ask(bed.post(&body)).await;
        assert_eq!((answer.status(), answer.text()), (200, body));
    }
    assert_eq!((seen.lock().unwrap().len(), bed.fetch.fetches.load(Ordering::Relaxed)), (3, 2));
}

#[tokio::test]
async fn a_401_that_another_token_does_not_mend_passes_whole() {
    const ROLE: &str = r#"{"error":{"code": "PermissionDenied","message":"lacks the role"}}"#;
    for (body, sent, size) in [(ROLE, 1, 10), ("no", 2, 10), ("no", 1, 1_100_000)] {
        let seen = Seen::default();
        let mut setup = taking(&seen, "none", "www-authenticate: Bearer x=1\r\nx-own: 1\r\n", body);
        setup.tokens = vec![Ok(token()), Ok(token())];
        let bed = setup.start().await;
        let answer = bed.ask(bed.post(&"x".repeat(size))).await;
        assert_eq!((answer.status(), answer.text().as_str(), answer.header("x-own")), (401, body, Some("1")));
        assert_eq!((seen.lock().unwrap().len(), answer.header("x-entra-id-error")), (sent, None), "{body} {size}");
    }
}

/// Of 100,000 bytes.
static LONG: &str = match str::from_utf8(&[b'y'; 100_000]) {
    Ok(text) => text,
    Err(_) => panic!("not UTF-8"),
};

#[tokio::test]
async fn a_long_401_passes_whole() {
    let seen = Seen::default();
    let bed = taking(&seen, "none", "", LONG).start().await;
    let answer = bed.ask(bed.post("{}")).await;
    assert_eq!((answer.status(), answer.body.len()), (401, 100_000));
    assert_eq!(seen.lock().unwrap().len(), 1, "the same token is not sent twice");
}

#[tokio::test]
async fn without_a_token_the_answer_is_openai_shaped_and_the_upstream_hears_nothing() {
    for (code, status, retry_after) in [
        (Code::Unavailable, 401, None),
        (Code::Rejected, 401, None),
        (Code::Network, 503, Some("1")),
        (Code::Throttled, 503, Some("7")),
    ] {
        let seen = Seen::default();
        let mut setup = Setup::new(answering(&seen, |_| http("200 OK", "", "")));
        let mut failure = Failure::new(code, "no token").with_next_step("log in");
        failure.retry_after =
            retry_after.map(|_| std::time::Duration::from_millis(6500)).filter(|_| code == Code::Throttled);
        setup.tokens = vec![Err(failure)];
        let bed = setup.start().await;
        let answer = bed.ask(bed.post("{}")).await;
        assert_eq!((answer.status(), answer.header("retry-after")), (status, retry_after), "{code:?}");
        assert_eq!(answer.header("x-entra-id-error"), Some(code.as_str()));
        assert!(answer.text().contains("No token. Log in."), "{}", answer.text());
        assert!(seen.lock().unwrap().is_empty());
        assert_eq!(bed.probe("/readyz").await.status(), 503);
    }
}

#[tokio::test]
async fn many_requests_want_one_token_and_the_scope_is_the_operators() {
    let seen = Seen::default();
    let scope = "api://gateway/.default";
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", ""))).flags(&["--scope", scope]).start().await;
    let mut client = bed.connect().await;
    for _ in 0..20 {
        client.send(bed.post("{}")).await;
        assert_eq!(client.message().await.unwrap().status(), 200);
    }
    assert_eq!(
        (bed.fetch.fetches.load(Ordering::Relaxed), &*bed.fetch.scopes.lock().unwrap()),
        (1, &vec![scope.to_owned()])
    );
}

#[tokio::test]
async fn the_scope_is_that_of_the_host_and_of_the_path() {
    let (of_host, of_projects, seen) = (token(), token(), Seen::default());
    let upstream = Setup::new(answering(&seen, |_| http("200 OK", "", ""))).start().await;
    let (address, _) = connect_proxy(upstream.upstream, "HTTP/1.1 200 OK\r\n\r\n").await;
    let mut setup = Setup::new(answering(&seen, |_| String::new()));
    setup.tokens = vec![Ok(of_host.clone()), Ok(of_projects.clone())];
    setup.variables = vec![
        ("HTTPS_PROXY".to_owned(), format!("http://{address}")),
        ("NODE_EXTRA_CA_CERTS".to_owned(), upstream.folder.join("ca.pem").to_str().unwrap().to_owned()),
    ];
    let bed =
        setup.flags(&["--upstream", &format!("https://{FOUNDRY}"), "--allow-path", "/api/projects/*"]).start().await;
    bed.ready().await;
    for (path, wanted) in [("/api/projects/p/openai/v1/responses", of_projects), (CHAT, of_host)] {
        assert_eq!(bed.ask(bed.head("POST", path, "Content-Length: 0\r\n")).await.status(), 200, "{path}");
        let request = seen.lock().unwrap().pop().unwrap();
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {wanted}")), "{path}");
    }
    assert_eq!(
        *bed.fetch.scopes.lock().unwrap(),
        ["https://cognitiveservices.azure.com/.default", "https://ai.azure.com/.default"]
    );
}
