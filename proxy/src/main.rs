//! The program.

use std::collections::HashMap;
use std::io::{self, Write};
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use azure_openai_entra_core::cache::ChainFetch;
use azure_openai_entra_core::error::{Code, Error, Failure};
use azure_openai_entra_core::http::transport::Transport;
use azure_openai_entra_core::settings::Variables;
use azure_openai_entra_core::system::{Os, STACK, System};
use azure_openai_entra_core::telemetry;
use azure_openai_entra_proxy::cli::{self, Command, Values};
use azure_openai_entra_proxy::config::{self, Config};
use azure_openai_entra_proxy::guarded::Waits;
use azure_openai_entra_proxy::log::Log;
use azure_openai_entra_proxy::start::{Surroundings, start};
use azure_openai_entra_proxy::writer::Writer;
use azure_openai_entra_proxy::{check, open_files, wait};
use tokio::runtime::{Builder, Runtime};
use tracing::Level;

/// musl's own takes a third of a request's time.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FAILED: u8 = 1;
const MISUSED: u8 = 2;
/// A signal comes twice if the terminal sends it to this process and to a launcher such as npx, which passes it on.
const SAME_SIGNAL: Duration = Duration::from_secs(1);
/// At the end the log's last lines get so much time, in case the reader of stderr is slow.
const LAST_LINES: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    set_signals();
    match run() {
        Ok(code) => code,
        Err(failure) => {
            let code = if failure.code == Code::Configuration { MISUSED } else { FAILED };
            say(&mut io::stderr(), &format!("{}\n", Error::from(failure)));
            ExitCode::from(code)
        }
    }
}

fn run() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()).collect();
    let variables = environment();
    let (command, values) = cli::parse(&arguments, &variables)?;
    let runtime = runtime().map_err(|error| Failure::exhausted("start", &error))?;
    match command {
        Command::Help => return Ok(told(&cli::help())),
        Command::Version => {
            return Ok(told(concat!("azure-openai-entra-proxy ", env!("CARGO_PKG_VERSION"), "\n")));
        }
        Command::Wait => runtime.block_on(wait_until_ready(&values))?,
        Command::Check => return runtime.block_on(report(&values, variables)),
        Command::Serve => {
            let config = Config::read(&values)?;
            let system = System::real();
            let writer = log_writer(&config, &system)?;
            let outcome = runtime.block_on(serve(config, variables, system, &writer));
            // With it end the requests that are broken off, which have their lines as well.
            drop(runtime);
            writer.flush(LAST_LINES);
            outcome?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// tokio panics if the system gives it no file for signals.
fn runtime() -> io::Result<Runtime> {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let built =
        catch_unwind(|| Builder::new_current_thread().enable_io().enable_time().thread_stack_size(STACK).build());
    std::panic::set_hook(told);
    built.unwrap_or_else(|_| Err(io::Error::other("no file is left to wait for signals")))
}

/// The environment of the process, read once. A name or value that is no text does not count.
#[expect(clippy::disallowed_methods, reason = "the program hands the environment in")]
fn environment() -> Variables {
    let texts =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Variables::new(texts.collect::<HashMap<_, _>>(), Os::CURRENT.is_windows())
}

async fn wait_until_ready(values: &Values) -> Result<(), Failure> {
    let seconds = values.get("timeout").map_or(Some(60), |text| text.parse().ok().filter(|seconds| *seconds > 0));
    let seconds = seconds.ok_or_else(|| {
        Failure::configuration("--timeout is not a number of seconds").with_next_step("set it to a number such as 60")
    })?;
    let admin = config::admin(values, true)?.ok_or_else(|| {
        Failure::configuration("--admin is off, so that wait cannot ask whether the proxy is ready")
            .with_next_step("set --admin to the address that the proxy was started with")
    })?;
    wait::wait(&admin, Duration::from_secs(seconds)).await
}

async fn report(values: &Values, variables: Variables) -> Result<ExitCode, Failure> {
    let config = Config::read(values)?;
    let system = System::real();
    let fetch = fetch(&system);
    let report = check::check(&config, variables, system, fetch).await?;
    let told = told(&report.text);
    Ok(if report.is_well { told } else { ExitCode::from(FAILED) })
}

/// Tokens come from the chain of credentials.
fn fetch(system: &System) -> Arc<ChainFetch> {
    Arc::new(ChainFetch::new(system.clone(), Arc::new(Transport::new(system.files.clone()))))
}

fn log_writer(config: &Config, system: &System) -> Result<Arc<Writer>, Failure> {
    let (form, clock) = (config.log, system.clock.clone());
    let tell_of = move |missing| {
        form.event(
            clock.now(),
            Level::WARN,
            &format!("{missing} lines of this log are missing: stderr took them too slowly"),
        )
    };
    let writer = Writer::start(io::stderr(), tell_of);
    writer.map(Arc::new).map_err(|error| Failure::exhausted("start the log", &error))
}

async fn serve(config: Config, variables: Variables, system: System, writer: &Arc<Writer>) -> Result<(), Failure> {
    let log = |form, level| {
        let writer = writer.clone();
        Log::new(form, level, Box::new(move |line| writer.write(line)))
    };
    let (events, clock) = (log(config.log, config.level), system.clock.clone());
    let _listener =
        telemetry::listen(config.level, Arc::new(move |level, line| events.event(clock.now(), level, line)));
    let most = Surroundings::MOST_CONNECTIONS;
    let most_connections = open_files::connections(open_files::raise_limit(), most);
    if most_connections < most {
        tracing::warn!(
            "takes {most_connections} connections instead of {most}: the limit on open files (ulimit -n) is too low"
        );
    }
    let mut signals = Signals::new().map_err(|error| Failure::exhausted("listen for signals", &error))?;
    let surroundings = Surroundings {
        variables,
        fetch: fetch(&system),
        log: log(config.log, config.level),
        system,
        waits: Waits::default(),
        most_connections,
        temporary: std::env::temp_dir(),
    };
    let running = start(config, surroundings).await?;
    announce(format!("{}\n", running.first_line));
    signals.next().await;
    tokio::select! {
        is_clean = running.end() => {
            if !is_clean {
                tracing::warn!("broke off the requests that were still under way");
            }
        }
        () = signals.again() => tracing::warn!("ended at once because of a second signal"),
    }
    Ok(())
}

/// SIGTERM, SIGINT and, unless the parent has it ignored as `nohup` does, SIGHUP; elsewhere than on Unix, Ctrl+C.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hangup: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: if is_ignored(libc::SIGHUP) { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = async {
                match &mut self.hangup {
                    Some(hangup) => drop(hangup.recv().await),
                    None => std::future::pending().await,
                }
            } => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }

    /// Waits for a signal that is not the first one again.
    async fn again(&mut self) {
        let began = tokio::time::Instant::now();
        loop {
            self.next().await;
            if began.elapsed() >= SAME_SIGNAL {
                return;
            }
        }
    }
}

/// A parent that ignores the ends of its children hands that on, and then no program's end can be waited for. A file that may not
/// grow any more, as of the log, is an error of the write, which must not end the proxy.
fn set_signals() {
    #[cfg(unix)]
    // SAFETY: it sets what two signals do, before any thread is started.
    unsafe {
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Whether the parent has a signal ignored.
#[cfg(unix)]
fn is_ignored(signal: libc::c_int) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action the call only fills the present one, which is of this frame and valid if all of it is 0.
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

/// Writes to stdout without waiting: a pipe that is full and has no reader must not stop the proxy.
fn announce(line: String) {
    let write = move || say(&mut io::stdout(), &line);
    // Without a thread the line is missing, and the proxy serves.
    let _ = std::thread::Builder::new().name("stdout".to_owned()).stack_size(STACK).spawn(write);
}

/// Prints what was asked for. A reader may leave early, and a file that is full has not all of it.
fn told(text: &str) -> ExitCode {
    match write(&mut io::stdout(), text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(FAILED),
        _ => ExitCode::SUCCESS,
    }
}

/// A closed pipe must not end the proxy.
fn say(to: &mut dyn Write, text: &str) {
    let _ = write(to, text);
}

fn write(to: &mut dyn Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes()).and_then(|()| to.flush())
}
