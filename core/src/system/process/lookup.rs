//! Which file a program's name stands for.
//!
//! The system would look through the `PATH` too, but each in its own way: Windows through the app's own folder
//! first, Unix through the working directory if the `PATH` has an empty or relative entry. A file that was left in a
//! project's folder must not be run for `az`.

use std::path::PathBuf;

/// What Windows tries for a name without an extension, in `cmd`'s order. `az` is a `.cmd` or, from pip, a `.bat`.
const EXTENSIONS: [&str; 4] = [".com", ".exe", ".bat", ".cmd"];

/// In which Yarn 2 and newer tell where packages' commands are.
const BERRY_BIN_FOLDER: &str = "BERRY_BIN_FOLDER";

/// What the `PATH` has under a program's name.
pub(super) enum Found {
    /// The first file that may be run.
    Program(PathBuf),
    /// Only a file that may not be run.
    NotExecutable(String),
    Nothing,
}

/// What `program` names in `directories`.
pub(super) fn find(program: &str, directories: &[&str]) -> Found {
    let candidates = candidates(program, directories, cfg!(windows));
    if let Some(file) = candidates.iter().map(PathBuf::from).find(|file| is_executable(file)) {
        return Found::Program(file);
    }
    match candidates.into_iter().find(|path| std::path::Path::new(path).is_file()) {
        Some(path) => Found::NotExecutable(path),
        None => Found::Nothing,
    }
}

/// The directories of the `PATH` of `environment` in which a program is looked for: absolute ones, and none of packages' commands. If a
/// package manager starts an app, those come first, and such a command is no tool of the system, even if it has the name of one.
pub(super) fn directories(environment: &[(String, String)]) -> Vec<&str> {
    let real = |directory: &str| std::fs::canonicalize(directory).map(|target| target.to_string_lossy().into_owned());
    let of_yarn = real(value_of(environment, BERRY_BIN_FOLDER, cfg!(windows))).unwrap_or_default();
    let mut directories = directories_by_name(environment, cfg!(windows));
    directories.retain(|directory| !real(directory).is_ok_and(|it| is_of_packages(&parts(&it), &parts(&of_yarn))));
    directories
}

/// What a program gets in place of `environment`: in its `PATH` are only those `directories`, because what it starts is looked for there.
pub(super) fn environment<'a>(
    environment: &'a [(String, String)],
    directories: &[&str],
) -> impl Iterator<Item = (&'a str, String)> {
    let separator = if cfg!(windows) { ";" } else { ":" };
    let path = directories.join(separator);
    environment.iter().filter_map(move |(name, value)| match name {
        // An empty one would stand for the working directory.
        name if is_name(name, "PATH", cfg!(windows)) => (!path.is_empty()).then(|| (name.as_str(), path.clone())),
        name => Some((name.as_str(), value.clone())),
    })
}

fn value_of<'a>(environment: &'a [(String, String)], wanted: &str, windows: bool) -> &'a str {
    environment.iter().find(|(name, _)| is_name(name, wanted, windows)).map_or("", |(_, value)| value)
}

fn is_name(name: &str, wanted: &str, windows: bool) -> bool {
    if windows { name.eq_ignore_ascii_case(wanted) } else { name == wanted }
}

fn directories_by_name(environment: &[(String, String)], windows: bool) -> Vec<&str> {
    let path = value_of(environment, "PATH", windows);
    let of_yarn = parts(value_of(environment, BERRY_BIN_FOLDER, windows));
    let is_absolute =
        |directory: &&str| if windows { is_absolute_on_windows(directory) } else { directory.starts_with('/') };
    path.split(if windows { ';' } else { ':' })
        .map(|directory| if windows { directory.trim().trim_matches('"') } else { directory })
        .filter(is_absolute)
        .filter(|directory| !is_of_packages(&parts(directory), &of_yarn))
        .collect()
}

/// Where to look, in order: an absolute path itself, a name in `directories`.
fn candidates(program: &str, directories: &[&str], windows: bool) -> Vec<String> {
    let is_absolute = if windows { is_absolute_on_windows(program) } else { program.starts_with('/') };
    if is_absolute && !program.contains('\0') {
        return vec![program.to_owned()];
    }
    if program.is_empty() || program.contains(['/', '\\', ':', '\0']) {
        return Vec::new();
    }
    if !windows {
        return directories.iter().map(|directory| format!("{}/{program}", directory.trim_end_matches('/'))).collect();
    }
    let extensions: &[&str] = if program.contains('.') { &[""] } else { &EXTENSIONS };
    let in_directory = |directory: &&str| {
        let directory = directory.trim_end_matches(['\\', '/']).to_owned();
        extensions.iter().map(move |extension| format!("{directory}\\{program}{extension}"))
    };
    directories.iter().flat_map(in_directory).collect()
}

/// Whether a package manager puts packages' commands into it: `.bin` in `node_modules`, or in a package there, which Yarn 1 adds with
/// Plug'n'Play; and from Yarn 2 on a temporary directory, which it tells (`of_yarn`), but not that of a script around this one.
fn is_of_packages(directory: &[&str], of_yarn: &[&str]) -> bool {
    let is = |part: &str, name: &str| part.eq_ignore_ascii_case(name);
    let Some((name, above)) = directory.split_last() else { return false };
    let is_told = directory.len() == of_yarn.len() && directory.iter().zip(of_yarn).all(|(part, told)| is(part, told));
    let is_below_packages = above.iter().any(|part| is(part, "node_modules") || is(part, ".pnp"));
    is_told || is_temporary_of_yarn(name) || (is(name, ".bin") && is_below_packages)
}

/// `xfs-` and eight hexadecimal digits.
fn is_temporary_of_yarn(name: &str) -> bool {
    let digits = name.get(..4).filter(|start| start.eq_ignore_ascii_case("xfs-")).map(|_| &name[4..]);
    digits.is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The names in a path, however it is written.
fn parts(directory: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in directory.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts
}

/// `C:\tools` and `\\server\tools`; neither `tools`, `\tools` nor `C:tools`, which depend on the working directory.
fn is_absolute_on_windows(directory: &str) -> bool {
    let is_separator = |byte: Option<&u8>| matches!(byte, Some(b'\\' | b'/'));
    let bytes = directory.as_bytes();
    match bytes.first() {
        Some(drive) if drive.is_ascii_alphabetic() => bytes.get(1) == Some(&b':') && is_separator(bytes.get(2)),
        first => is_separator(first) && is_separator(bytes.get(1)),
    }
}

#[cfg(unix)]
fn is_executable(file: &std::path::Path) -> bool {
    use std::os::unix::ffi::OsStrExt;

    let Ok(name) = std::ffi::CString::new(file.as_os_str().as_bytes()) else { return false };
    // A directory may be "executed" too.
    // SAFETY: access reads the string, which ends in a zero, and keeps nothing.
    file.is_file() && unsafe { libc::access(name.as_ptr(), libc::X_OK) } == 0
}

#[cfg(windows)]
fn is_executable(file: &std::path::Path) -> bool {
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_program_is_looked_for() {
        for (windows, name, path, program, found) in [
            (false, "PATH", "/usr/local/bin:/bin/", "az", vec!["/usr/local/bin/az", "/bin/az"]),
            (false, "PATH", "/", "az", vec!["/az"]),
            (false, "PATH", ":.:node_modules/.bin::/bin:", "az", vec!["/bin/az"]),
            (
                false,
                "PATH",
                "/app/node_modules/.bin:/node_modules/.bin/:/opt/.bin:/bin",
                "az",
                vec!["/opt/.bin/az", "/bin/az"],
            ),
            (
                false,
                "PATH",
                "/app/node_modules/.bin/.:/app/node_modules/./.bin:/app//node_modules/x/../.bin/./:/app/node_modules/.bin/x/..:/app/Node_Modules/.Bin",
                "az",
                vec![],
            ),
            (
                false,
                "PATH",
                "/app/node_modules/.bin/..:/..:/../.bin",
                "az",
                vec!["/app/node_modules/.bin/../az", "/../az", "/../.bin/az"],
            ),
            (false, "Path", "/bin", "az", vec![]),
            (false, "OTHER", "/bin", "az", vec![]),
            (false, "PATH", "/bin", "./az", vec![]),
            (false, "PATH", "/bin", "/opt/my tool", vec!["/opt/my tool"]),
            (false, "PATH", "/bin", r"C:\tools\az.exe", vec![]),
            (false, "PATH", "/bin", "", vec![]),
            (
                true,
                "Path",
                r#"C:\Program Files\az; "D:\a b\" ;"#,
                "az",
                vec![
                    r"C:\Program Files\az\az.com",
                    r"C:\Program Files\az\az.exe",
                    r"C:\Program Files\az\az.bat",
                    r"C:\Program Files\az\az.cmd",
                    r"D:\a b\az.com",
                    r"D:\a b\az.exe",
                    r"D:\a b\az.bat",
                    r"D:\a b\az.cmd",
                ],
            ),
            (true, "PATH", r"\\server\tools", "pwsh.exe", vec![r"\\server\tools\pwsh.exe"]),
            (true, "PATH", r".;tools;\tools;C:tools;C:;;1:\", "az", vec![]),
            (
                true,
                "PATH",
                r"C:\app\node_modules\.bin;\\server\app/node_modules/.bin\;C:\app\node_modules\.\.bin\.",
                "az",
                vec![],
            ),
            (true, "PATH", r"C:\tools", r"..\az", vec![]),
            (true, "PATH", r"C:\tools", r"D:\my tool.exe", vec![r"D:\my tool.exe"]),
            (true, "PATH", r"C:\tools", r"\az", vec![]),
            (true, "PATH", r"C:\tools", "C:az", vec![]),
        ] {
            let environment = [(name.to_owned(), path.to_owned())];
            let directories = directories_by_name(&environment, windows);
            assert_eq!(candidates(program, &directories, windows), found, "{program} in {name}={path}");
        }
    }

    #[test]
    fn no_command_of_a_package_is_a_tool() {
        for (windows, told, directory) in [
            (false, "", "/app/node_modules/.bin"),
            (false, "", "/app/node_modules/.pnpm/node_modules/.bin/"),
            (false, "", "/home/joe/.npm/_npx/1f/node_modules/.bin"),
            (false, "", "/cache/v6/npm-az-1/node_modules/az//.bin"),
            (false, "", "/cache/v6/npm-az-1/node_modules/@a/az/.bin"),
            (false, "", "/app/.pnp/workspaces/pnp-1f/az/.bin"),
            (false, "/tmp/commands", "/tmp/commands"),
            (false, "/tmp/commands/", "/tmp//x/../commands"),
            (false, "/tmp/xfs-01234567", "/tmp/xfs-89abcdef"),
            (true, "", r"C:\app\node_modules\.bin"),
            (true, r"C:\Temp\commands", r"c:\temp\commands\"),
            (true, r"C:\Temp\commands", r"C:\Temp\XFS-89ABCDEF"),
        ] {
            let separator = if windows { ';' } else { ':' };
            let system = if windows { r"C:\tools" } else { "/usr/bin" };
            let path = format!("{directory}{separator}{system}");
            let environment =
                [("PATH", path.as_str()), ("BERRY_BIN_FOLDER", told)].map(|(name, value)| (name.into(), value.into()));
            assert_eq!(directories_by_name(&environment, windows), [system], "{directory}");
        }
        for directory in
            ["/", "/opt/.bin", "/opt/xfs-1", "/opt/xfs-01234567/bin", "/node_modules/bin", "/tmp/é-01234567"]
        {
            let environment = [("PATH".to_owned(), directory.to_owned())];
            assert_eq!(directories_by_name(&environment, false), [directory]);
        }
    }
}
