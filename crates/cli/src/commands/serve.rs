//! `interviewer serve`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use interview::{Plan, lines};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use server::{App, LocalReports, Parts, Plans, Rooms, Settings};
use speech::{Lexicon, SpeechRequest, Voice};
use store::Sqlite;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::engines;
use crate::far::Far;
use crate::terminal::{note, say};

/// Histogram bounds, in seconds, of everything that a candidate waits for.
const SECONDS: [f64; 14] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0];

/// Connections that are still open so long after the server was told to stop are cut; interviews are safe in the log.
const CLOSE_WITHIN: Duration = Duration::from_secs(8);

/// Start the server: web app, API and WebSocket.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A settings file (TOML); `interviewer config show` prints the defaults.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen at.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The port alone; 0 takes any free one.
    #[arg(long, conflicts_with = "listen")]
    port: Option<u16>,
    /// Where interviews are kept.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How patient to be: brisk, interview or patient.
    #[arg(long)]
    profile: Option<String>,
    /// A folder with further plans (.yaml); DATA_DIR/plans is always looked into.
    #[arg(long, value_name = "DIR")]
    plans: Option<PathBuf>,
}

/// The server, ready to be run.
pub(crate) struct Ready {
    pub(crate) app: App,
    pub(crate) voice: Arc<dyn Voice>,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let settings = settings(&args)?;
    let plans = Plans::shipped()?.with_folder(&settings.data_dir()?.join("plans"))?;
    let plans = match &args.plans {
        Some(folder) if !folder.is_dir() => bail!("--plans {}: there is no such folder", folder.display()),
        Some(folder) => plans.with_folder(folder)?,
        None => plans,
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(&settings, plans))
}

fn settings(args: &Args) -> Result<Settings> {
    let mut settings = Settings::load(args.config.as_deref())?;
    if let Some(listen) = &args.listen {
        settings.server.listen.clone_from(listen);
    }
    if let Some(port) = args.port {
        settings.server.listen = format!("{}:{port}", settings.listen()?.ip());
    }
    if let Some(folder) = &args.data_dir {
        settings.server.data_dir = folder.display().to_string();
    }
    if let Some(profile) = &args.profile {
        settings.turn.profile.clone_from(profile);
    }
    settings.profile()?;
    Ok(settings)
}

async fn serve(settings: &Settings, plans: Plans) -> Result<()> {
    // the port first: it is the likeliest thing to be wrong, and loading models takes seconds
    let listener = listen(settings).await?;
    let address = listener.local_addr()?;
    note("loading the models ...");
    let ready = ready(settings, plans.clone(), recorder()).await?;
    say(&format!("interviewer is ready: http://{address}/"));
    tokio::spawn(speak_ahead(ready.voice.clone(), plans));
    let (app, router, holder) = (ready.app.clone(), ready.app.router(), ready.app);
    let watching = holder.clone();
    tokio::spawn(async move { watching.watch_abandoned().await });
    let closing = async move {
        stopped().await;
        app.close();
    };
    let serving = axum::serve(listener, router).with_graceful_shutdown(closing).into_future();
    let all_closed = async {
        serving.await?;
        holder.all_left().await; // the sockets of interviews outlive their connections
        Ok(())
    };
    tokio::select! {
        closed = all_closed => closed,
        () = async { stopped().await; tokio::time::sleep(CLOSE_WITHIN).await } => Ok(()),
    }
}

async fn listen(settings: &Settings) -> Result<TcpListener> {
    let address = settings.listen()?;
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen at {address}; is it in use by another program? Choose another with --port (0 for any)")
    })
}

/// Opens the store and starts the engines.
pub(crate) async fn ready(settings: &Settings, plans: Plans, metrics: Option<PrometheusHandle>) -> Result<Ready> {
    let data_dir = settings.data_dir()?;
    std::fs::create_dir_all(&data_dir).with_context(|| {
        format!("{} cannot be made a folder for interviews; name another with --data-dir", data_dir.display())
    })?;
    let store = Sqlite::open(&data_dir.join("interviews.db")).await?;
    let far = Far::open(&settings.queue).await?;
    let engines = tokio::task::block_in_place(|| engines::start(settings, &far))?;
    let (registry, plan_cache) = (far.registry().await?, far.plan_cache().await?);
    let reports = far.reports(LocalReports { data_dir: data_dir.clone() });
    let voice = engines.voice.clone();
    let (profile, max_sessions) = (settings.profile()?, settings.max_sessions());
    let (store, accommodation) = (Arc::new(store), settings.turn.accommodation);
    let rooms = Rooms::open(&settings.livekit, settings.listen()?.ip()).await?;
    let parts = Parts {
        plans,
        engines,
        store,
        data_dir,
        plan_cache,
        reports,
        registry,
        profile,
        accommodation,
        max_sessions,
        keep_opus: settings.recording.keep_opus,
        rooms,
        metrics,
    };
    let app = App::new(parts);
    app.interrupt_abandoned().await?;
    Ok(Ready { app, voice })
}

pub(crate) fn recorder() -> Option<PrometheusHandle> {
    PrometheusBuilder::new().set_buckets(&SECONDS).ok()?.install_recorder().ok()
}

/// Planned lines are spoken ahead, one after the other, so that no candidate waits for them.
async fn speak_ahead(voice: Arc<dyn Voice>, plans: Plans) {
    for request in plans.all().flat_map(planned) {
        if let Err(error) = speech::speak_ahead(&*voice, request).await {
            tracing::warn!(%error, "a planned line could not be spoken ahead");
            return;
        }
    }
}

/// Every line of `plan` that can be known ahead, with the names said as the plan has them.
pub(crate) fn planned(plan: &Plan) -> impl Iterator<Item = SpeechRequest> {
    let lexicon = Arc::new(Lexicon::new(plan.lexicon.clone()));
    lines::all(plan).into_iter().map(move |line| SpeechRequest { lexicon: lexicon.clone(), ..SpeechRequest::new(line) })
}

/// Waits for Ctrl-C or a request to terminate.
pub(crate) async fn stopped() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
