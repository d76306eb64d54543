//! Fetching what is missing, several packages at a time.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::cache::Cache;
use crate::download::{Fetcher, Want};
use crate::error::{AssetError, At};
use crate::hash;
use crate::install::{Installation, remove_folder};
use crate::manifest::{Asset, Build, Package, Registry};
use crate::progress::Progress;

/// How many packages arrive at once.
const PARALLEL: usize = 4;

/// An asset that is being fetched, and how many of its packages are still to come.
struct Work<'a> {
    asset: &'a Asset,
    packages_left: AtomicUsize,
}

/// One package on its way.
struct Job<'a> {
    work: &'a Work<'a>,
    package: &'a Package,
    build: &'a Build,
    file: PathBuf,
    /// `None` when the file is here already.
    address: Option<String>,
}

/// What all workers share.
struct Pull<'a> {
    cache: &'a Cache,
    fetcher: Fetcher,
    progress: &'a dyn Progress,
    queue: Mutex<VecDeque<Job<'a>>>,
    stop: AtomicBool,
    first_error: Mutex<Option<AssetError>>,
    began: Instant,
}

/// Fetches the assets of these that are not ready, and returns their names.
///
/// `is_ready` is asked before anything is locked, and about what was not ready again when no other pull runs.
///
/// # Errors
/// The first failure; other downloads stop then, and what arrived is kept for the next pull.
pub(crate) fn run(
    cache: &Cache,
    wanted: &[&Asset],
    is_ready: &dyn Fn(&Asset) -> bool,
    progress: &dyn Progress,
) -> Result<Vec<String>, AssetError> {
    let mut missing = wanted.to_vec();
    missing.retain(|asset| !is_ready(asset));
    if missing.is_empty() {
        return Ok(vec![]);
    }
    let _lock = lock(cache, progress)?;
    sweep(&cache.assets());
    missing.retain(|asset| !is_ready(asset));
    let work: Vec<Work<'_>> = missing.into_iter().map(Work::new).collect();
    let jobs = jobs(cache, &work, progress)?;
    check_space(cache, &jobs, &work)?;
    Pull::new(cache, jobs, progress).run()?;
    Ok(work.iter().map(|work| work.asset.name.clone()).collect())
}

impl<'a> Work<'a> {
    fn new(asset: &'a Asset) -> Self {
        Self { asset, packages_left: AtomicUsize::new(asset.packages.len()) }
    }
}

/// Held while files are fetched, so that two pulls do not write the same ones; the system frees it if we die.
fn lock(cache: &Cache, progress: &dyn Progress) -> Result<File, AssetError> {
    for folder in [cache.assets(), cache.downloads()] {
        fs::create_dir_all(&folder).at(&folder)?;
    }
    let path = cache.root().join("pull.lock");
    let file = File::create(&path).at(&path)?;
    if file.try_lock().is_err() {
        progress.say("another pull is running; waiting for it");
        file.lock().at(&path)?;
    }
    Ok(file)
}

/// Removes what a pull that was killed left half-done.
fn sweep(assets: &Path) {
    for entry in fs::read_dir(assets).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.contains(".tmp-") || name.contains(".old-") {
            remove_folder(&entry.path());
        }
    }
}

fn jobs<'a>(cache: &Cache, work: &'a [Work<'a>], progress: &dyn Progress) -> Result<VecDeque<Job<'a>>, AssetError> {
    let mut jobs: Vec<Job<'a>> = Vec::new();
    for work in work {
        for package in &work.asset.packages {
            let build = package.build().ok_or_else(|| no_build(work.asset, package))?;
            jobs.push(Job { work, package, build, file: package_file(cache, package), address: None });
        }
    }
    find_addresses(cache, &mut jobs, progress)?;
    Ok(jobs.into())
}

fn find_addresses(cache: &Cache, jobs: &mut [Job<'_>], progress: &dyn Progress) -> Result<(), AssetError> {
    let mut to_find: Vec<&mut Job<'_>> = jobs.iter_mut().filter(|job| !job.is_here()).collect();
    let packages: Vec<&Package> = to_find.iter().map(|job| job.package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    let size: u64 = to_find.iter().map(|job| job.build.bytes).sum();
    progress.say(&format!("packages to fetch: {} ({})", packages.len(), megabytes(size)));
    say_who_is_asked(&packages, progress);
    let addresses = cache.addresses().find(&packages)?;
    for (job, address) in to_find.iter_mut().zip(addresses) {
        job.address = Some(address);
    }
    Ok(())
}

/// Asking takes seconds, and more behind a slow mirror.
fn say_who_is_asked(packages: &[&Package], progress: &dyn Progress) {
    for (tool, registry) in [("pip", Registry::Pypi), ("npm", Registry::Npm)] {
        match packages.iter().filter(|package| package.registry == registry).count() {
            0 => {}
            1 => progress.say(&format!("asking {tool} for 1 package")),
            count => progress.say(&format!("asking {tool} for {count} packages")),
        }
    }
}

fn package_file(cache: &Cache, package: &Package) -> PathBuf {
    let ending = match package.registry {
        Registry::Pypi => "whl",
        Registry::Npm => "tgz",
    };
    cache.downloads().join(format!("{}-{}.{ending}", package.name, package.version))
}

fn no_build(asset: &Asset, package: &Package) -> AssetError {
    let platform = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    AssetError::Platform { name: asset.name.clone(), package: package.label(), platform }
}

/// Counts downloads and unpacked files together, which is a little more than is ever there at once.
fn check_space(cache: &Cache, jobs: &VecDeque<Job<'_>>, work: &[Work<'_>]) -> Result<(), AssetError> {
    let downloads = jobs.iter().filter(|job| job.address.is_some()).map(|job| job.build.bytes);
    let unpacked = work.iter().map(|work| work.asset.unpacked_bytes);
    let needed = downloads.chain(unpacked).fold(0, u64::saturating_add);
    let folder = cache.root();
    let Ok(disk) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if needed <= free {
        return Ok(());
    }
    let needed = format!(", {} are needed", megabytes(needed));
    Err(AssetError::DiskFull { folder: folder.to_owned(), free: megabytes(free), needed })
}

/// A size for people, as in `94 MB`.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes.div_ceil(1_000_000))
}

impl Job<'_> {
    /// Whether an earlier run fetched the whole package; a spoilt one is deleted.
    fn is_here(&self) -> bool {
        if !self.file.exists() {
            return false;
        }
        let right = hash::of_file(&self.file).is_ok_and(|got| got == self.build.sha256);
        if !right {
            let _ = fs::remove_file(&self.file);
        }
        right
    }
}

impl<'a> Pull<'a> {
    fn new(cache: &'a Cache, jobs: VecDeque<Job<'a>>, progress: &'a dyn Progress) -> Self {
        Self {
            cache,
            fetcher: Fetcher::new(cache.pause()),
            progress,
            queue: Mutex::new(jobs),
            stop: AtomicBool::new(false),
            first_error: Mutex::new(None),
            began: Instant::now(),
        }
    }

    fn run(self) -> Result<(), AssetError> {
        thread::scope(|scope| {
            for _ in 0..PARALLEL {
                scope.spawn(|| self.work());
            }
        });
        self.first_error.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            if let Err(error) = self.finish(&job) {
                self.fail(error);
            }
        }
    }

    /// Keeps the cause before others are stopped: what they meet then is only its consequence.
    fn fail(&self, error: AssetError) {
        let mut first = self.first_error.lock().unwrap_or_else(PoisonError::into_inner);
        if first.as_ref().is_none_or(|first| matches!(first, AssetError::Stopped)) {
            *first = Some(error);
        }
        drop(first);
        self.stop.store(true, Ordering::Relaxed);
    }

    fn next(&self) -> Option<Job<'a>> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Fetches a package; whoever brings an asset's last one also unpacks it.
    fn finish(&self, job: &Job<'_>) -> Result<(), AssetError> {
        self.fetch(job)?;
        if job.work.packages_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.install(job.work.asset)?;
        }
        Ok(())
    }

    fn fetch(&self, job: &Job<'_>) -> Result<(), AssetError> {
        let Some(address) = &job.address else { return Ok(()) };
        let want = Want {
            asset: &job.work.asset.name,
            label: &job.package.label(),
            address,
            sha256: &job.build.sha256,
            bytes: job.build.bytes,
            file: &job.file,
        };
        self.fetcher.fetch(&want, self.progress, &self.stop)
    }

    fn install(&self, asset: &Asset) -> Result<(), AssetError> {
        let package_file = |name: &str| asset.package(name).map(|p| package_file(self.cache, p)).unwrap_or_default();
        let parent = self.cache.assets();
        let outcome = Installation { asset, parent: &parent, package_file: &package_file }.run();
        if !matches!(outcome, Err(AssetError::DiskFull { .. })) {
            asset.packages.iter().for_each(|package| drop(fs::remove_file(package_file(&package.name))));
        }
        outcome?;
        let (size, seconds) = (megabytes(asset.unpacked_bytes), self.began.elapsed().as_secs_f32());
        self.progress.say(&format!("{} is ready ({size}, after {seconds:.1} s)", asset.name));
        Ok(())
    }
}
