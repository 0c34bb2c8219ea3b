//! Values in the commands that messages show.

use std::borrow::Cow;

use crate::secret::redact;
use crate::shown::{Form, shown};

/// `text` in a command to copy, as one word of a shell of this platform: `placeholder` stands for a value that is not shown,
/// that no quotation marks make safe, or of which the finished command would be redacted, because then its words are others.
pub(crate) fn argument(form: Form, text: &str, placeholder: &str) -> String {
    let is_shown = shown(form, text) == text && redact(text, &[]) == text;
    let word = is_shown.then(|| word_of_shell(form, text, cfg!(windows))).flatten();
    word.unwrap_or_else(|| placeholder.to_owned())
}

/// As `pathInCommand` in `cli/forms.mjs` writes it.
fn word_of_shell(form: Form, text: &str, is_windows: bool) -> Option<String> {
    const PLAIN: &str = "_./:-";
    const PLAIN_ON_UNIX: &str = "@%+=,";
    let text = match (form, text.starts_with('-')) {
        (Form::Path, true) => Cow::from(format!("./{text}")),
        // An option.
        (_, true) => return None,
        (_, false) => Cow::from(text),
    };
    let of_platform = if is_windows { "\\" } else { PLAIN_ON_UNIX };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || PLAIN.contains(c) || of_platform.contains(c);
    if text.chars().all(is_plain) {
        return Some(text.into_owned());
    }
    if !is_windows {
        return Some(format!("'{}'", text.replace('\'', r"'\''")));
    }
    // What either shell of Windows reads within its quotation marks.
    let is_read = |c: char| "%!\"`$\u{201c}\u{201d}\u{201e}".contains(c);
    (!text.contains(is_read) && !text.ends_with('\\')).then(|| format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Secret, keeping};

    /// The word as Unix's shells read it, and as those of Windows do.
    const WORDS: [(Form, &str, Option<&str>, Option<&str>); 19] = [
        (Form::Path, "/etc/ca.pem", Some("/etc/ca.pem"), Some("/etc/ca.pem")),
        (Form::Path, r"C:\certs\ca.pem", Some(r"'C:\certs\ca.pem'"), Some(r"C:\certs\ca.pem")),
        (Form::Path, "/etc/my ca.pem", Some("'/etc/my ca.pem'"), Some("\"/etc/my ca.pem\"")),
        (Form::Path, "/etc/$(touch x)`y`&z.pem", Some("'/etc/$(touch x)`y`&z.pem'"), None),
        (Form::Path, "/etc/it's.pem", Some(r"'/etc/it'\''s.pem'"), Some("\"/etc/it's.pem\"")),
        (Form::Path, "/etc/ü.pem", Some("'/etc/ü.pem'"), Some("\"/etc/ü.pem\"")),
        (Form::Path, r"/etc/w\", Some(r"'/etc/w\'"), Some(r"/etc/w\")),
        (Form::Path, r"/etc/my w\", Some(r"'/etc/my w\'"), None),
        (Form::Path, r"/etc/back\slash.pfx", Some(r"'/etc/back\slash.pfx'"), Some(r"/etc/back\slash.pfx")),
        (Form::Path, "-in/x.pfx", Some("./-in/x.pfx"), Some("./-in/x.pfx")),
        (Form::Path, "--in x.pfx", Some("'./--in x.pfx'"), Some("\"./--in x.pfx\"")),
        (Form::Path, "/etc/%PATH%/a.pem", Some("/etc/%PATH%/a.pem"), None),
        (Form::Path, "/etc/a&b|c>d.pem", Some("'/etc/a&b|c>d.pem'"), Some("\"/etc/a&b|c>d.pem\"")),
        (Form::Path, "~/a.pem", Some("'~/a.pem'"), Some("\"~/a.pem\"")),
        (Form::Path, "/etc/a\"b.pem", Some("'/etc/a\"b.pem'"), None),
        (Form::Path, "/etc/a!b.pem", Some("'/etc/a!b.pem'"), None),
        (Form::Word, "-e", None, None),
        (Form::Scope, "api://a/$(b)", Some("'api://a/$(b)'"), None),
        (Form::Scope, "api://x/.default", Some("api://x/.default"), Some("api://x/.default")),
    ];

    #[test]
    fn a_value_in_a_command_is_one_word_of_a_shell() {
        for (form, text, unix, windows) in WORDS {
            assert_eq!(word_of_shell(form, text, false).as_deref(), unix, "{text}");
            assert_eq!(word_of_shell(form, text, true).as_deref(), windows, "{text}");
        }
        assert_eq!(argument(Form::Path, "/etc/a\nb.pem", "<file>"), "<file>");
    }

    #[test]
    #[cfg(unix)]
    #[expect(clippy::disallowed_methods, reason = "the shell is what is asked")]
    fn a_shell_reads_a_value_in_a_command_as_it_is() {
        for (form, text, ..) in WORDS {
            let word = argument(form, text, "'<file>'");
            let script = format!("printf '[%s]' a {word} b");
            let output = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
            let read = if text.starts_with('-') { format!("./{text}") } else { text.to_owned() };
            let read = if word == "'<file>'" { "<file>" } else { &read };
            assert_eq!(String::from_utf8_lossy(&output.stdout), format!("[a][{read}][b]"), "{script}");
        }
    }

    /// The quotation marks stay whole: what is redacted later is in no command.
    #[tokio::test]
    async fn a_value_in_which_a_secret_is_stands_in_no_command() {
        let path = "/etc/k'`touch z`.pfx";
        for known in [path, "`touch z`", "k'`touch"] {
            let told = keeping(vec![Secret::new(known)], async { argument(Form::Path, path, "<file>") });
            assert_eq!(told.await, "<file>", "{known}");
        }
    }
}
