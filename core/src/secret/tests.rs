use super::*;
use crate::planted::{planted, planted_digits, planted_personal_token};

#[test]
fn what_was_sent_and_every_token_is_replaced() {
    let secret = Secret::new("hunter~2");
    for (text, clean) in [
        ("no secret here", "no secret here"),
        ("sent hunter~2, hunter~2!", "sent [redacted], [redacted]!"),
        ("client_secret=hunter%7E2&x", "client_secret=[redacted]&x"),
        ("got eyJ0eXAi.eyJhdWQi.c2ln\" back", "got [redacted]\" back"),
        ("ends in eyJ0eXAi", "ends in [redacted]"),
        ("é eyJ é", "é [redacted] é"),
        ("parse \"http://joe:p@ss%zz@proxy:3128/\": invalid", "parse \"http://[redacted]@proxy:3128/\": invalid"),
        ("at https://joe@proxy, https://host/a@b", "at https://[redacted]@proxy, https://host/a@b"),
        ("at http://joe:p/a?s#s@proxy:80/ 'http://joe:p/s@h'", "at http://[redacted]@proxy:80/ 'http://[redacted]@h'"),
        ("at http://joe@corp.example:OKXp#Ubdp@proxy:80/", "at http://[redacted]@proxy:80/"),
        ("at http://host:80/a@b http://[::1]/a@b", "at http://host:80/a@b http://[::1]/a@b"),
        ("a scheme://", "a scheme://"),
        ("a -----BEGIN A KEY-----\nAA==\n-----END A KEY----- b -----BEGIN", "a [redacted] b -----BEGIN"),
        ("a -----BEGIN A KEY-----\\nAA==", "a [redacted]"),
        ("?sv=1&sig=abc%3D&se=2", "?sv=1&sig=[redacted]&se=2"),
        ("authorization: bearer correct-horse-battery.", "authorization: bearer [redacted]"),
        ("Bearer authorization_uri=\"https://a/b\"", "Bearer authorization_uri=\"https://a/b\""),
        ("Bearer authentication failed", "Bearer authentication failed"),
    ] {
        assert_eq!(redact(text, &[&secret]), clean);
    }
}

#[test]
fn a_secret_is_known_in_every_writing() {
    let secret = Secret::new("a \"é\\~+/");
    for text in [
        r#"a "é\~+/"#,
        "a+%22%C3%A9%5C%7E%2B%2F",
        "a%20%22%c3%a9%5c~%2b/",
        r#"a \"é\\~+/"#,
        r#"a \"\u00e9\\~+\/"#,
        r#"a\u0020\u0022\u00E9\u005C~\u002B\u002f"#,
    ] {
        assert_eq!(redact(&format!("<{text}>"), &[&secret]), "<[redacted]>", "{text}");
    }
    for text in ["a", "a%2", "a%", "a\\", "a\\u00", "%", "\\u00e", "a%20%22é", "aé"] {
        assert_eq!(redact(text, &[&secret]), text);
    }
    assert_eq!(redact("😀%F0%9F%98%80\\uD83D\\uDE00", &[&Secret::new("😀")]), "[redacted][redacted][redacted]");
}

#[test]
fn a_secret_with_the_looks_of_a_colour_a_tag_or_a_coding_is_known_in_another_case_and_cut_off() {
    let mut secrets: Vec<String> = [
        "Zq4[mT9xvLp2",
        "Qx7;<Horse>Kp92zT5w",
        "Tr7,&amp;Kp92zT5w",
        "Hu3%41Gw8nRk6y",
        "Lm5\\u0041Vc9sXe2p",
        "Zq4\\nT9xvLp2",
    ]
    .map(str::to_owned)
    .into();
    for looks in ["[3m", "[0;31K", "<b>", "</i>", "<Horse>", "&eacute;", "&#65;", "%41", "%C3%A9", "\\x41", "%u0041"] {
        secrets.extend([format!("Zq4{looks}T9xvLp2"), format!("Qx7;{looks}Kp92zT5w")]);
    }
    for secret in secrets {
        let (known, other) = (Secret::new(&secret), Secret::new("Wd6rYb2Jt8"));
        for echoed in [secret.to_uppercase(), secret.to_lowercase(), secret[..secret.len() - 1].to_owned()] {
            for (before, after) in [("got <", ">"), ("<p>a&amp;b '", "'</p>")] {
                let clean = redact(&format!("{before}{echoed}{after}"), &[&other, &known]);
                assert_eq!(clean, format!("{before}[redacted]{after}"), "{echoed}");
            }
        }
    }
}

#[test]
fn a_secret_in_another_case_broken_or_cut_off_is_known() {
    let secret = Secret::new("c702fdd0-6bd6-40fc é/x");
    for (text, clean) in [
        ("C702FDD0-6BD6-40FC é/X.", "[redacted]."),
        ("at c702fdd0-6bd\r\n     | 6-40fc é/x.", "at [redacted]."),
        ("C702FDD0-6BD6%2D40fc+%C3%A9%2fX.", "[redacted]."),
        ("c702fdd0-6bd6…", "[redacted]…"),
        ("c702fdd0-6b%64", "[redacted]"),
        ("fdd0-6bd6-40", "[redacted]"),
        ("c702fdd", "c702fdd"),
        ("a\n c702fdd", "a\n c702fdd"),
    ] {
        assert_eq!(redact(text, &[&secret]), clean);
    }
    assert_eq!(redact("hunter2", &[&Secret::new("hunter22")]), "hunter2");
}

#[test]
fn a_quotation_is_one_line_without_control_characters() {
    let secret = Secret::new("hunter2");
    assert_eq!(quote("\u{1b}[31mred\u{7}\r\n\tand hun\u{0}ter2\u{85}", &[&secret]), "[31mred and [redacted]");
}

#[test]
fn of_a_long_text_the_beginning_is_searched_and_no_part_of_a_secret_is_told() {
    let secret = Secret::new("correct.horse.battery");
    for separator in ["", " ", "\"", "é"] {
        for filled in 8 * 1024 - 30..8 * 1024 + 3 {
            // A token is told as one word, so that what is behind it comes to the front.
            let text = format!("eyJ{}{separator} {}{}", "x".repeat(filled - 3), secret.expose(), " y".repeat(9000));
            let told = quote(&text, &[&secret]);
            assert!(told.len() < 700 && !told.contains("correct"), "{told}");
        }
    }
    assert_eq!(quote(&"a ".repeat(1 << 20), &[&secret]), quote(&"a ".repeat(4000), &[&secret]));
}

#[test]
fn what_only_resembles_the_name_of_a_secret_hides_nothing() {
    for text in [
        r#"Post "https://login.microsoftonline.com/organizations/oauth2/v2.0/token": proxyconnect tcp: dial tcp 10.0.0.1:3128: i/o timeout"#,
        r#"Post "https://login.microsoftonline.com/organizations/oauth2/v2.0/token": context deadline exceeded"#,
        r#"Post "https://login.microsoftonline.com/organizations/oauth2/v2.0/token": remote error: tls: bad certificate"#,
        r#"Post "https://login.microsoftonline.com/organizations/oauth2/v2.0/token": Forbidden"#,
        "EnvironmentCredential: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set",
        "private key: error:0909006C:PEM routines:get_name:no start line",
        "the job has no permission `id-token: write`",
        "getToken: status=503",
    ] {
        assert_eq!(quote(text, &[]), text);
    }
    for (text, clean) in [
        (r#"{"url":"https://a/b","token":"abc123def456"}"#, r#"{"url":"https://a/b","token":"[redacted]"}"#),
        ("password: Correct-horse", "password: [redacted]"),
    ] {
        assert_eq!(quote(text, &[]), clean);
    }
}

#[test]
fn a_secret_of_any_form_is_replaced() {
    const ROUNDS: usize = 20;
    for plant in (0..ROUNDS).flat_map(|_| planted()) {
        for text in [plant.text.clone(), format!("tool: the value '{}' is wrong", plant.text)] {
            let told = redact(&text, &[]);
            assert!(!plant.is_in(&told), "{} is in {told}", plant.what);
        }
    }
    let words = "AADSTS700016: Application '72f988bf-86f1-41af-91ab-2d7cd011db47' was not found. Trace ID: \
                 5f4e3d2c-1b0a-4f9e-8d7c-6b5a4f3e2d00 at /opt/az/lib/python3.11/site-packages/msal_extensions";
    assert_eq!(redact(words, &[]), words);
}

#[test]
fn a_token_of_a_personal_account_is_replaced_whole() {
    for _ in 0..50 {
        let plant = planted_personal_token();
        for text in [plant.text.clone(), format!("the token '{}' of a user", plant.text)] {
            let told = redact(&text, &[]);
            assert!(!plant.is_in(&told) && !told.contains(['*', '!']), "{told}");
        }
    }
    // The first letters of a JSON web token can stand in it by chance.
    for at in (0..=60).step_by(3) {
        let token = format!("M.C540_BAY.0.U.-{}", "aB1c*dE2f!gH3i$jK4l".repeat(4));
        let token = format!("{}eyJ{}", &token[..16 + at], &token[16 + at..]);
        assert_eq!(redact(&format!("the token '{token}' of a user"), &[]), "the token '[redacted]' of a user");
    }
    for words in
        ["pip install a*b!", "Sign in to C:\\Users\\jo$nes!", "**Error!** see $HOME/.azure/msal_token_cache.json"]
    {
        assert_eq!(redact(words, &[]), words);
    }
}

#[test]
fn a_token_of_azure_devops_is_replaced() {
    const SMALL: &str = "k4yqz2m7wcfj3tsrl5xhnb6vdpeagoiu";
    const MIXED: &str =
        "4Hk9TqZ2bWm7LxVc3RyPd8NfGj5SaEu6Kt1BoXvQw0ZiYh2DgMnCrJpUlAsFe7IkTbJQQJ99BKACAAAAAAAAAAAAASAZDO";
    let small = format!("{SMALL}{}", &SMALL[..20]);
    let mixed = format!("{}3aBc", &MIXED[MIXED.len() - 80..]);
    for token in [&small, &mixed] {
        for (before, after) in [("", ""), ("clone of https://h.example/", "/x"), ("fatal: '", "' is wrong")] {
            assert_eq!(redact(&format!("{before}{token}{after}"), &[]), format!("{before}[redacted]{after}"));
        }
    }
    for text in
        [small.to_uppercase(), small[1..].to_owned(), format!("{small}a"), "abcdefghijklmnopqrstuvwxyz".repeat(2)]
    {
        assert_eq!(redact(&text, &[]), text);
    }
}

#[test]
fn a_key_in_base64_is_replaced_behind_any_name() {
    let key = || azure_core::base64::encode((0..32).map(|_| fastrand::u8(..)).collect::<Vec<u8>>());
    // By chance, one of some hundred looks like none.
    for key in (0..400).map(|_| key()).filter(|key| key.contains('/') && redact(key, &[]) == "[redacted]") {
        for name in ["X_Y", "STORAGE_A", "FOO-BAR", "a.b", "x~y", "XY", "sent: X_Y=1;Z_W", "_=_", "a_=="] {
            let told = redact(&format!("bad {name}={key}"), &[]);
            assert_eq!(told, format!("bad {name}=[redacted]"), "{key}");
        }
    }
    for text in ["PATH=/usr/local/bin X_Y=a/b=c", "a_b=Ab1/cD2 q_=a=b=/c", "==", "a=", "=a"] {
        assert_eq!(redact(text, &[]), text);
    }
}

#[test]
fn a_digest_is_told() {
    let digits = "1f3b".repeat(16);
    for text in [format!("image@sha256:{digits}"), format!("SHA-256={digits} r.example/x:1@sha256:{digits}")] {
        assert_eq!(redact_app(&text), text);
    }
    for text in [format!("sha256 key {digits}"), format!("x-hub-signature-256: sha256={digits}"), digits] {
        assert!(!redact_app(&text).contains("1f3b"), "{text}");
    }
}

#[test]
fn a_token_that_is_broken_into_lines_is_replaced_whole() {
    for length in [64, 76] {
        for line_break in ["\n", "\r\n", "\\n"] {
            for last in 1..30 {
                let token = format!("eyJ{}", "aB1-".repeat(60));
                let broken: Vec<&str> = token.as_bytes()[..length * 2 + last]
                    .chunks(length)
                    .map(|line| std::str::from_utf8(line).unwrap())
                    .collect();
                let told = redact(&format!("got {}{line_break}Trace ID: 1", broken.join(line_break)), &[]);
                assert_eq!(told, format!("got [redacted]{line_break}Trace ID: 1"));
            }
        }
    }
    assert_eq!(redact("got eyJ0eXAi\nUnauthorized", &[]), "got [redacted]\nUnauthorized");
}

#[test]
fn a_key_of_digits_is_replaced_in_the_words_of_the_app() {
    for _ in 0..20 {
        let plant = planted_digits();
        for text in [
            plant.text.clone(),
            format!("the helper gave {}", plant.text),
            format!("?key={}&x", plant.text.to_ascii_uppercase()),
            format!("x-{}:{}", plant.text, &plant.text[..32]),
        ] {
            let told = redact_app(&text);
            assert!(!plant.is_in(&told), "{told}");
        }
    }
    let words = "the trace 5f4e3d2c-1b0a-4f9e-8d7c-6b5a4f3e2d00 of build 1a2b3c4d5e6f7a8b";
    assert_eq!(redact_app(words), words);
}

/// With a search for each sign, this takes hours.
#[test]
fn a_text_of_nothing_but_signs_is_searched_once() {
    const LENGTH: usize = 300_000;
    for unit in [
        "=",
        "a:",
        "password:",
        "token:",
        " ",
        "a ",
        "key ",
        "api key: ",
        "--key ",
        "-p ",
        "('key', '",
        "key '",
        "key ['",
    ] {
        let text = unit.repeat(LENGTH / unit.len());
        assert_eq!(names::redact_named(&text), text);
    }
    for unit in ["key:\\\\\"", "key='", "key=\"\\", "a:\\\\'", "key:'\""] {
        assert!(names::redact_named(&unit.repeat(LENGTH / unit.len())).len() <= LENGTH, "{unit}");
    }
    for unit in ["key=", "$KEY="] {
        assert!(names::redact_named(&unit.repeat(LENGTH / unit.len())).ends_with("[redacted]"));
    }
}

#[test]
fn what_is_named_a_secret_is_replaced_in_the_words_of_the_app() {
    for (text, clean) in [
        ("Server=db;Password=Zk9w$mv!;Encrypt=yes", "Server=db;Password=[redacted];Encrypt=yes"),
        ("uid=joe;Pwd=swordfish", "uid=joe;Pwd=[redacted]"),
        ("sent client_secret=swordfish&grant_type=x", "sent client_secret=[redacted]&grant_type=x"),
        ("at https://h.example/cb?code=0.AXoA_x-1&state=1", "at https://h.example/cb?code=[redacted]&state=1"),
        ("https://h.example/x?api-version=1&code=swordfish.", "https://h.example/x?api-version=1&code=[redacted]"),
        ("login failed, password: tiger-7!", "login failed, password: [redacted]"),
        ("password:swordfish", "password:[redacted]"),
        (r#"{"secret": "swordfish", "id": "a"}"#, r#"{"secret": "[redacted]", "id": "a"}"#),
        (r#"{\"access_token\":\"swordfish\"}"#, r#"{\"access_token\":\"[redacted]\"}"#),
        (r#"{"client_secret":"aB3dE!9,xYz7#Kq"}"#, r#"{"client_secret":"[redacted]"}"#),
        (r#"{"password": "Wq7)rT2\"x'", "id": "a"}"#, r#"{"password": "[redacted]", "id": "a"}"#),
        (r#"{\"pwd\": \"Wq7;rT\\\"2\", \"id\": 1}"#, r#"{\"pwd\": \"[redacted]\", \"id\": 1}"#),
        ("headers: { 'api-key': 'D49,CZr/p6On-<yDJBt' }", "headers: { 'api-key': '[redacted]' }"),
        ("password=D4;CZr/x&9)y,z is wrong", "password=[redacted] is wrong"),
        ("(password=D4;CZr/x); user id=joe", "(password=[redacted]); user id=joe"),
        ("Pwd=D4;C=r;Encrypt=yes", "Pwd=D4;C=r;Encrypt=yes"),
        (
            "environ({'DB_PASS': 'swordfish', 'API_KEYS': 'east=a1'})",
            "environ({'DB_PASS': '[redacted]', 'API_KEYS': '[redacted]'})",
        ),
        ("password='swordfish", "password='[redacted]"),
        ("{ tenantId: 'contoso', clientSecret: 'Sum.mer!2~x' }", "{ tenantId: 'contoso', clientSecret: '[redacted]' }"),
        ("{ secret: 'Sum.mer!2~x', token: 'swordfish' }", "{ secret: '[redacted]', token: '[redacted]' }"),
        ("{TenantID:contoso ClientSecret:Sum.mer!2~x}", "{TenantID:contoso ClientSecret:[redacted]"),
        ("refresh_token: 1.AXoA-x key: none", "refresh_token: [redacted] key: none"),
        ("Ocp-Apim-Subscription-Key: a1b2c3d4", "Ocp-Apim-Subscription-Key: [redacted]"),
        ("API_KEY_2=swordfish PASSWORD_PROD=swordfish", "API_KEY_2=[redacted] PASSWORD_PROD=[redacted]"),
        ("API_TOKENS=swordfish CREDENTIALS=swordfish", "API_TOKENS=[redacted] CREDENTIALS=[redacted]"),
        (
            r#"{"clientSecretValue":"swordfish","auth":"am9lOng"}"#,
            r#"{"clientSecretValue":"[redacted]","auth":"[redacted]"}"#,
        ),
        ("SharedAccessKeyName=R;SharedAccessKey=Sum.mer!2~x", "[redacted]=R;[redacted]=[redacted]"),
        ("Authorization: Basic am9lOnRpZ2VyITQy", "Authorization: Basic [redacted]"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [redacted]"),
        ("{'passwd': 'swordfish'}", "{'passwd': '[redacted]'}"),
        (
            "api_key=swordfish, api-key: 12-34-56, apikey = swordfish",
            "api_key=[redacted], api-key: [redacted], apikey = [redacted]",
        ),
        ("AccessKey=swordfish é=1", "AccessKey=[redacted] é=1"),
    ] {
        assert_eq!(redact_app(text), clean);
        assert_eq!(quote(text, &[]), clean);
    }
    for text in [
        "AADSTS7000215: Invalid client secret provided. Trace ID: 5f4e3d2c-1b0a-4f9e-8d7c-6b5a4f3e2d00",
        "invalid_client: the secret: expired, error code: 50058, ?code=50058&x",
        "Basic constraints, Basic authorization, Basic Authorizations",
        "password expired; invalid username or password: AADSTS50126: Error validating",
        "Failed to get a token: connection refused. The token: https://aka.ms/x",
        "reset the password: https://aka.ms/sspr",
        "wrong password: incorrect",
        "token=null key=a password=",
        "invalid_token: 'expired' unsupported_token: AADSTS1 token_type=Bearer-or-other SECRET_NAME=my-secret-7",
        "clientSecret: undefined refreshToken: missing Basic authentication, Basic Authentication: none",
        "AZURE_CLIENT_SECRET_FILE=/run/secrets/a7 KEY_VAULT=my-vault-7 PASSWORD_POLICY=strong-7",
        "AZURE_CLIENT_SECRET=\"$ARM_CLIENT_SECRET\" PASSWORD=%MY_PASSWORD% KEY=<YOUR_KEY>",
    ] {
        assert_eq!(redact_app(text), text);
    }
    for line in [include_str!("../../../docs/messages.md"), include_str!("../../../docs/aadsts.md")]
        .iter()
        .flat_map(|it| it.lines())
    {
        assert_eq!(names::redact_named(line), line);
    }
}

#[test]
fn what_a_sentence_a_command_or_a_list_names_a_secret_is_replaced() {
    const HERE: &str = "[redacted]";
    for value in ["110a7cbd689e7da12d381ef26a8b3616", "Zk9w$mv!Qx", "swordfish-7", "4f=Zk~9w+x"] {
        for text in [
            "Incorrect API key provided: {}",
            "invalid API key: {}",
            "Invalid subscription key: {}",
            "Invalid client secret '{}' provided",
            "the client secret value \"{}\" is wrong",
            "client secret is: {}",
            "password '{}'",
            "[('api-key', '{}'), ('accept', '*/*')]",
            "[(b'api-key', b'{}')]",
            "[[\"api-key\",\"{}\"]]",
            "{'client_secret': ['{}']}",
            "{'client_secret': b'{}'}",
            "az login --password {} --tenant x",
            "tool --api-key '{}'",
            "tool --client-secret {}",
            "curl -u joe:{} https://x",
            "curl --user joe:{}",
            "clientSecret => {}",
            ":client_secret=>\"{}\"",
            "ClientSecret { secret: Some(\"{}\") }",
            "token:{}",
            "api-key:{}",
        ] {
            let told = redact_app(&text.replace("{}", value));
            assert_eq!(told, text.replace("{}", HERE), "{value}");
        }
    }
}

#[test]
fn a_password_of_letters_digits_and_signs_is_replaced_in_any_notation() {
    const HERE: &str = "[redacted]";
    for value in ["Khk28!$xT", "Tiger*92horse", "P@ssw0rd#9x", "9summer%tiger", "a1^bcdef"] {
        for (text, clean) in [
            ("login {} failed", "login {} failed"),
            ("pwd {}, then ({})", "pwd {} then {}"),
            ("<adminPassword>{}</adminPassword>", "<adminPassword>{}</adminPassword>"),
            ("<br>{}<br/>", " {} "),
            (r#"{"adminPassword":{"value":"{}"}}"#, r#"{"adminPassword":{"value":"{}"}}"#),
            ("admin: «{}»", "admin: \"{}\""),
            ("joe:{}@host.example", "joe:{}"),
            ("  - value: {}", "  - value: {}"),
            ("&quot;pin&quot;: &quot;{}&quot;", "\"pin\": \"{}\""),
        ] {
            assert_eq!(redact_app(&text.replace("{}", value)), clean.replace("{}", HERE), "{value}");
        }
    }
    for text in [
        "joe1234@contoso.com joe1234_fabrikam.com#EXT#@contoso.onmicrosoft.com @scope/package1 package1@4.13.1",
        r"C:\PROGRA~1\x2 \\server1\c$ $ARM_CLIENT_SECRET_2 %MY_PASSWORD_2% 50%20of100",
        "at https://host.example/rfc9700.html#section-4.3.1?a1=b%20c&x=[1] within rfc1945#section-2",
        "subject 'repo:my-org@12345/my-repo@67890:environment:prod1' or 'repo:o/r:ref:refs/heads/fix1#1234'",
        "HTTP/1.1 401, TLS1.3! Is it v2.0? **Note 2** 2026-11-30T10:00:00+00:00 sha256:0f1e2d 10.0.0.1:443",
    ] {
        assert_eq!(redact_app(text), text);
    }
}

#[test]
fn what_stands_in_other_quotation_marks_behind_the_name_of_a_secret_is_replaced() {
    for (text, clean) in [
        ("“password”: “swordfish”", r#""password": "[redacted]""#),
        ("`password`: `swordfish`", "'password': '[redacted]'"),
        ("«client_secret»=«swordfish»", r#""client_secret"="[redacted]""#),
        ("&quot;pw&quot;: &quot;swordfish&quot; x", r#""pw": "[redacted]" x"#),
        ("password:\n  swordfish9", "password:   [redacted]"),
    ] {
        assert_eq!(redact_app(text), clean);
    }
    for text in ["Run `az login` for “prod”, as it’s told: ‘no token’", "&lt;b&gt;key&lt;/b&gt;:\nnone"] {
        assert_eq!(redact_app(text), text);
    }
}

#[test]
fn what_only_looks_like_a_secret_in_a_sentence_a_command_or_a_list_stays() {
    for text in [
        "the client secret: invalid. The API key: none",
        "no access token: AADSTS50076: Due to a change, token: AADSTS50076",
        "client secret: AADSTS7000215 access token: /var/run/token.jwt refresh token: C:\\t1\\a.json",
        "Set --client-secret or --certificate. --password is required, --password <PASSWORD>, --api-key $API_KEY",
        "--password-file /run/pw1 --client-secret --tenant-9",
        "one of ('client_secret', 'client_assertion') of ['password', 'username'] is required",
        "client secret 'AZURE_CLIENT_SECRET' is missing, the key 'gpt-4o-mini' is unknown",
        "the token 'eastus2-a' of header 'api-key' and value",
        "(token) => refresh(token), key => value",
        "https://login.example:443/x http://[::1]:80a1b2c3/ sb://host.a:x1y2z3w4 at https://a.example: refused",
        "git@github.com:azure/x mail joe:joe@contoso.com user joe@contoso.com:80",
        "the thumbprint A9993E364706816ABA3E25717850C26C9CD0D89D",
        "Thumbprint of key used by client: 'A9993E364706816ABA3E25717850C26C9CD0D89D'",
        "x-ms-request-id: 110a7cbd689e7da12d381ef26a8b3616, \"requestId\":\"110a7cbd689e7da12d381ef26a8b3616\"",
        "Application with identifier '110a7cbd689e7da12d381ef26a8b3616' was not found",
        "https%3A%2F%2Fhost.example%2Fa%20b &lt;b&gt; it&#39;s 100%25",
    ] {
        assert_eq!(redact_app(text), text);
    }
}

#[test]
fn a_secret_that_is_coded_or_in_part_of_an_address_is_replaced() {
    for (text, clean) in [
        ("to https%3A%2F%2Fjoe%3AKhkT28%2524x%40proxy%3A80 x", "to https://[redacted]@proxy:80 x"),
        ("got https:&#x2F;&#x2F;joe:swordfish&#64;proxy", "got https://[redacted]@proxy"),
        (r"got http:\/\/joe:swordfish@proxy", "got http://[redacted]@proxy"),
        ("q=Server%3Ddb%3BPassword%3DKhkT28!%24x%3BEncrypt%3DTrue", "q=Server=db;Password=[redacted];Encrypt=True"),
        ("http://joe:L7UT7PbROwk0c...", "http://[redacted]"),
        ("use joe:L7UT7@proxy.corp:3128", "use [redacted]@proxy.corp:3128"),
        ("http://joe:My@Passw0rd#1@proxy", "http://[redacted]@proxy"),
        ("postgres://sa:P@ss/Passw0rd@db/x", "postgres://[redacted]@db/x"),
    ] {
        assert_eq!(redact_app(text), clean);
        assert_eq!(quote(text, &[]), clean);
    }
    for _ in 0..20 {
        for plant in planted() {
            let signs = |of: fn(char) -> String| -> String {
                let coded = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { of(c) };
                plant.text.chars().map(coded).collect()
            };
            // A shorter key behind such a sign can be a part of a path.
            let is_file = plant.what == "a PFX in Base64";
            let behind = |sign: &str| if is_file { format!("{sign}{}", plant.text) } else { String::new() };
            let told = [
                signs(|c| format!("&#{};", u32::from(c))),
                signs(|c| format!("&#x{:x};", u32::from(c))),
                signs(|c| format!("%{:02X}", u32::from(c))),
                signs(|c| format!("\\u{:04x}", u32::from(c))),
                behind("secret_"),
                behind("..."),
            ]
            .map(|text| quote(&format!("got {text} back"), &[]));
            assert!(told.iter().all(|told| !plant.is_in(told)), "{}: {told:?}", plant.what);
        }
    }
}

#[tokio::test]
async fn what_the_work_under_way_keeps_is_replaced() {
    let told = || (redact("with hunter2", &[]), scrub("with hunter2"));
    let clean = ("with [redacted]".to_owned(), "with [redacted]".to_owned());
    assert_eq!(keeping(vec![Secret::new("hunter2")], async { told() }).await, clean);
    assert_eq!(told().0, "with hunter2");
}

#[test]
fn a_short_secret_is_replaced_only_as_a_word() {
    for (secret, text, clean) in [
        ("h", "the host has h, not H=h&x", "the host has [redacted], not [redacted]=[redacted]&x"),
        ("h", "header%3Dh%20 \\u0022h\\u0022 \\nh", "header%3D[redacted]%20 \\u0022[redacted]\\u0022 \\n[redacted]"),
        ("1", "refused with status 401, 1 time", "refused with status 401, [redacted] time"),
        ("pass", "the password 'pass' of passage_pass", "the password '[redacted]' of passage_[redacted]"),
        ("h~", "oh~, h~!", "oh~, [redacted]!"),
        ("~", "a~b", "a[redacted]b"),
        ("hunter22", "ahunter22b", "a[redacted]b"),
    ] {
        assert_eq!(redact(text, &[&Secret::new(secret)]), clean);
    }
}

#[test]
fn an_empty_secret_replaces_nothing() {
    assert_eq!(redact("abc", &[&Secret::new("")]), "abc");
}
