//! `flexbridge serve`

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Context, Exit};
use crate::{
    app::{Running, StartError, start},
    clock::{SystemClock, SystemRandom},
    settings::Severity,
    telemetry::{self, LogFormat},
};

/// Serve logins until told to stop
///
/// SIGTERM and Ctrl-C stop it once the logins under way have ended. SIGHUP reads the
/// configuration again; a bad one leaves the running one untouched and says so.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  flexbridge --config /etc/flexbridge/flexbridge.toml serve --log info"
)]
pub struct Args {
    /// What is logged: a level, or levels by part such as `info,flexbridge::saml=debug`.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
    /// What log lines look like: JSON unless standard error is a terminal.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    log_format: Lines,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Lines {
    #[default]
    Auto,
    Human,
    Json,
}

impl From<Lines> for LogFormat {
    fn from(lines: Lines) -> Self {
        match lines {
            Lines::Auto => Self::Auto,
            Lines::Human => Self::Human,
            Lines::Json => Self::Json,
        }
    }
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        if let Err(error) = super::hardening::keep_memory_private() {
            let message = format!("core dumps of this process can't be switched off: {error}");
            context.output.error(
                &message,
                "Look at what confines the process: it may not call `setrlimit` or `prctl`.",
            );
            return Exit::Failed;
        }
        if let Err(error) = telemetry::init(self.log_format.into(), &self.log) {
            context.output.error(&error.to_string(), "");
            return Exit::Wrong;
        }
        super::with_runtime(context, self.serve(context))
    }

    async fn serve(&self, context: &Context) -> Exit {
        // From here on no signal ends the process by itself.
        let mut signals = match Signals::new() {
            Ok(signals) => signals,
            Err(error) => {
                context
                    .output
                    .error(&format!("signals can't be watched: {error}"), "");
                return Exit::Failed;
            }
        };
        let started = start(
            &context.config,
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
        )
        .await;
        let running = match started {
            Ok(running) => running,
            Err(error) => return failed(context, &error),
        };
        context.output.report(&running.report);
        tracing::info!(public = %running.public, admin = %running.admin, version = env!("CARGO_PKG_VERSION"), "serving");
        until_stopped(&running, &mut signals).await;
        tracing::info!("draining");
        match running.stop().await {
            Ok(()) => Exit::Fine,
            Err(error) => {
                context.output.error(&error.to_string(), "");
                Exit::Failed
            }
        }
    }
}

struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

async fn until_stopped(running: &Running, signals: &mut Signals) {
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return,
            _ = signals.interrupt.recv() => return,
            () = running.ended() => return,
            _ = signals.hangup.recv() => {}
        }
        // A reload may wait for partners; being told to stop does not wait for it.
        tokio::select! {
            _ = signals.terminate.recv() => return,
            _ = signals.interrupt.recv() => return,
            reloaded = running.reload() => match reloaded {
                Ok(_) => tracing::info!("the configuration was read again"),
                Err(error) => {
                    log_problems(&error);
                    tracing::error!(detail = %error, "the configuration was not read again; the running one goes on");
                }
            },
        }
    }
}

/// More than this is for `flexbridge config check`.
const MOST_LOGGED: usize = 20;

/// What is wrong with a configuration that was to be read again: whoever sent the signal sees
/// nothing but the log.
fn log_problems(error: &StartError) {
    let StartError::Configuration(report) = error else {
        return;
    };
    let errors = report
        .problems()
        .iter()
        .filter(|placed| placed.problem.severity == Severity::Error);
    for placed in errors.take(MOST_LOGGED) {
        let line = placed.place.as_ref().map(|place| place.line);
        tracing::error!(file = placed.file, line, detail = %placed.problem, "the configuration can't be used");
    }
}

/// Says why the bridge did not start; 2 when the configuration is the reason.
pub(super) fn failed(context: &Context, error: &StartError) -> Exit {
    match error {
        StartError::Configuration(report) => {
            context.output.report(report);
            Exit::Wrong
        }
        StartError::Parts(problems) => {
            for problem in problems {
                context.output.error(
                    &format!("{}: {}", problem.path, problem.message),
                    &problem.mend,
                );
            }
            Exit::Wrong
        }
        other => {
            context.output.error(&other.to_string(), "");
            Exit::Failed
        }
    }
}
