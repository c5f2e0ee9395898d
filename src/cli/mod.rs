//! The command line: one file a command.
//!
//! Must never: do a command's work. It takes words apart, calls the part whose work it is, and
//! prints what comes back; printing goes through `output` alone.

mod completions;
mod config;
mod demo;
mod doctor;
mod explain;
mod hardening;
mod health;
mod init;
mod keys;
mod locations;
mod logins;
mod man;
mod metadata;
mod output;
mod serve;
mod setup;
mod workers;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{ExitCode, Termination},
};

use clap::Parser;

pub use output::{Format, FormatArgs, Output};

use crate::{
    app::StartError,
    clock::{Clock, Random, SystemClock, SystemRandom},
};

/// An SSO identity bridge for Twilio Flex.
///
/// It stands between a company's identity provider and Flex, and gives each agent
/// exactly one checked `flex_location`.
#[derive(Debug, Parser)]
#[command(name = "flexbridge", version, max_term_width = 100)]
#[command(after_help = "Example:\n  flexbridge --config config/flexbridge.toml config check")]
struct Cli {
    /// The configuration file.
    ///
    /// By default config/flexbridge.toml; where that is not there, /etc/flexbridge/flexbridge.toml
    /// if its folder is there.
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = "FLEXBRIDGE_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// Where the Debian package and the container image have the configuration.
const INSTALLED: &str = "/etc/flexbridge/flexbridge.toml";

/// Where a checkout has it.
const HERE: &str = "config/flexbridge.toml";

/// The file that is meant where none is named: a checkout's, or an installed package's.
fn usual_config(here: &Path, installed: &Path) -> PathBuf {
    match installed.parent() {
        Some(folder) if folder.is_dir() && !here.exists() => installed.to_owned(),
        _ => here.to_owned(),
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: fine.
    Fine,
    /// 1: it failed.
    Failed,
    /// 2: wrong usage or configuration.
    Wrong,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        match self {
            Self::Fine => ExitCode::SUCCESS,
            Self::Failed => ExitCode::FAILURE,
            Self::Wrong => ExitCode::from(2),
        }
    }
}

/// What every command is given.
pub struct Context {
    /// The configuration file; not read yet.
    pub config: PathBuf,
    /// The time.
    pub clock: Box<dyn Clock>,
    /// Unpredictable bytes.
    pub random: Box<dyn Random>,
    /// Where to print.
    pub output: Output,
}

/// Lists the commands. Each has a file with `Args`, whose doc comment is its help, and
/// `Args::run(self, &Context) -> Exit`.
macro_rules! commands {
    ($($name:ident($module:ident)),* $(,)?) => {
        #[derive(Debug, clap::Subcommand)]
        #[expect(clippy::large_enum_variant, reason = "there is one in a process")]
        enum Command {
            $($name($module::Args),)*
        }

        impl Command {
            fn run(self, context: &Context) -> Exit {
                match self {
                    $(Self::$name(args) => args.run(context),)*
                }
            }
        }
    };
}

commands! {
    Serve(serve),
    Demo(demo),
    Init(init),
    Doctor(doctor),
    Explain(explain),
    Setup(setup),
    Config(config),
    Metadata(metadata),
    Keys(keys),
    Health(health),
    Logins(logins),
    Locations(locations),
    Completions(completions),
    Man(man),
    Workers(workers),
}

/// Runs what waits for others.
fn with_runtime<T>(context: &Context, work: impl Future<Output = T>) -> T
where
    T: From<RuntimeFailed>,
{
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            context
                .output
                .error(&format!("the runtime can't be started: {error}"), "");
            T::from(RuntimeFailed(error))
        }
    }
}

/// The operating system would not give us threads.
struct RuntimeFailed(std::io::Error);

impl From<RuntimeFailed> for Exit {
    fn from(_: RuntimeFailed) -> Self {
        Self::Failed
    }
}

impl<T> From<RuntimeFailed> for Result<T, StartError> {
    fn from(failed: RuntimeFailed) -> Self {
        Err(StartError::Runtime(failed.0))
    }
}

/// Runs one command line, the program's name first.
#[must_use]
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let output = Output;
    match Cli::try_parse_from(words) {
        Err(error) => output.usage(&error).report(),
        Ok(cli) => {
            let context = Context {
                config: cli
                    .config
                    .unwrap_or_else(|| usual_config(Path::new(HERE), Path::new(INSTALLED))),
                clock: Box::new(SystemClock),
                random: Box::new(SystemRandom),
                output,
            };
            cli.command.run(&context).report()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_words_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_installed_package_has_its_configuration_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let installed = folder.path().join("etc/flexbridge.toml");
        let here = folder.path().join("here.toml");
        assert_eq!(usual_config(&here, &installed), here);
        std::fs::create_dir(folder.path().join("etc")).unwrap();
        assert_eq!(usual_config(&here, &installed), installed);
        std::fs::write(&here, "").unwrap();
        assert_eq!(usual_config(&here, &installed), here);
    }

    #[test]
    fn every_command_shows_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let help = command.get_after_help().map(ToString::to_string);
            assert!(
                help.is_some_and(|help| help.starts_with("Example")),
                "{path}"
            );
            for inner in command.get_subcommands() {
                check(inner, &format!("{path} {}", inner.get_name()));
            }
        }
        check(&Cli::command(), "flexbridge");
    }
}
