//! Nothing stays behind, however a test ends: each test starts this program again as a child that starts
//! a cluster, reports where it is, and then ends in its own way.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ryw_testkit::postgres::Cluster;
use tempfile::TempDir;

/// How long the watchdog may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const ENDING: &str = "RYW_TESTKIT_CLEANUP_ENDING";

/// What is left of a cluster.
struct Traces {
    directory: PathBuf,
    pids: Vec<i32>,
}

impl Traces {
    fn of(cluster: &Cluster) -> Self {
        let pid = |data_dir: &Path| {
            let lock_file = std::fs::read_to_string(data_dir.join("postmaster.pid")).unwrap();
            lock_file.lines().next().unwrap().parse().unwrap()
        };
        let directory = cluster.primary().data_dir().parent().unwrap().to_owned();
        Self { directory, pids: cluster.nodes().iter().map(|node| pid(node.data_dir())).collect() }
    }

    fn print(&self) {
        let pids: Vec<_> = self.pids.iter().map(ToString::to_string).collect();
        println!("\ntraces {} {}", pids.join(","), self.directory.display());
        std::io::stdout().flush().unwrap();
    }

    fn parse(line: &str) -> Option<Self> {
        let (pids, directory) = line.strip_prefix("traces ")?.split_once(' ')?;
        Some(Self {
            directory: directory.into(),
            pids: pids.split(',').map(|pid| pid.parse().unwrap()).collect(),
        })
    }

    fn exist(&self) -> bool {
        self.directory.exists() || self.pids.iter().any(|pid| runs(*pid))
    }

    fn assert_gone_soon(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.exist() {
            let Self { directory, pids } = self;
            assert!(Instant::now() < deadline, "still there: {pids:?} or {}", directory.display());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A process that has ended but was not collected by init does not count.
fn runs(pid: i32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    kill(Pid::from_raw(pid), None).is_ok() && !state.contains("State:\tZ")
}

/// The child: a cluster, and then the ending it was asked for.
#[tokio::test]
async fn child() {
    let Ok(ending) = std::env::var(ENDING) else { return };
    if let Some(ending) = ending.strip_prefix("redis ") {
        let server = ryw_testkit::redis::Server::start().await.unwrap();
        println!("\nport {}", server.port());
        return end(ending).await;
    }
    let start = Cluster::builder().replicas(1).start();
    if let Some(moment) = ending.strip_prefix("cancel ") {
        let moment = Duration::from_millis(moment.parse().unwrap());
        let _ = tokio::time::timeout(moment, start).await;
        return;
    }
    let cluster = start.await.unwrap();
    Traces::of(&cluster).print();
    end(&ending).await;
}

async fn end(ending: &str) {
    match ending {
        "return" => {}
        "panic" => panic!("as asked"),
        "exit" => std::process::exit(0),
        "wait" => std::future::pending().await,
        other => unreachable!("no test asks for {other}"),
    }
}

/// This program as the child, in a process group of its own, as a shell does.
fn child_command(ending: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--nocapture"]).env(ENDING, ending);
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Starts the child and waits for its cluster.
fn start_child(ending: &str) -> (Child, Traces) {
    let mut child = child_command(ending).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let traces = lines.map_while(Result::ok).find_map(|line| Traces::parse(&line)).expect("the child starts");
    (child, traces)
}

fn end_by(signal: Signal) {
    let (mut child, traces) = start_child("wait");
    assert!(traces.exist());
    // To the whole group, as the terminal does.
    kill(Pid::from_raw(-i32::try_from(child.id()).unwrap()), signal).unwrap();
    // Under `nohup`, or in the background of a script, the child has inherited that the signal is ignored.
    let deadline = Instant::now() + Duration::from_secs(1);
    while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    child.wait().unwrap();
    traces.assert_gone_soon();
}

#[test]
fn after_a_normal_end() {
    let (mut child, traces) = start_child("return");
    child.wait().unwrap();
    assert!(!traces.exist(), "dropping waits for the end");
}

#[test]
fn after_a_panic() {
    let (mut child, traces) = start_child("panic");
    child.wait().unwrap();
    assert!(!traces.exist(), "unwinding drops, and dropping waits for the end");
}

#[test]
fn after_an_exit_without_drop() {
    let (mut child, traces) = start_child("exit");
    child.wait().unwrap();
    traces.assert_gone_soon();
}

#[test]
fn after_ctrl_c() {
    end_by(Signal::SIGINT);
}

#[test]
fn after_a_hang_up() {
    end_by(Signal::SIGHUP);
}

#[test]
fn after_a_kill() {
    end_by(Signal::SIGKILL);
}

#[tokio::test]
async fn after_shutdown_with_nodes_killed_and_frozen() {
    let cluster = Cluster::builder().replicas(2).start().await.unwrap();
    let traces = Traces::of(&cluster);
    cluster.replica(0).kill().await.unwrap();
    cluster.replica(1).freeze();
    cluster.shutdown().await;
    assert!(!traces.exist());
}

/// A folder for the child's temporary files, which the servers' user can pass through.
fn temporary_folder() -> TempDir {
    let passable = std::fs::Permissions::from_mode(0o755);
    tempfile::Builder::new().permissions(passable).tempdir().unwrap()
}

fn is_empty(folder: &TempDir) -> bool {
    std::fs::read_dir(folder.path()).unwrap().next().is_none()
}

/// Moments at which a start is interrupted, to catch it in its different phases.
const MOMENTS: [u64; 6] = [5, 200, 500, 900, 1400, 2000];

#[test]
fn after_a_start_that_was_cancelled() {
    let children = MOMENTS.map(|moment| {
        let folder = temporary_folder();
        (child_command(&format!("cancel {moment}")).env("TMPDIR", folder.path()).spawn().unwrap(), folder)
    });
    for (mut child, folder) in children {
        assert!(child.wait().unwrap().success());
        assert!(is_empty(&folder));
    }
}

#[test]
fn after_a_kill_during_the_start() {
    let children = MOMENTS.map(|moment| {
        let folder = temporary_folder();
        let child = child_command("wait").env("TMPDIR", folder.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(moment));
        (child, folder)
    });
    for (mut child, folder) in children {
        child.kill().unwrap();
        child.wait().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while !is_empty(&folder) {
            assert!(Instant::now() < deadline, "not empty: {}", folder.path().display());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_redis_server_goes_with_its_test() {
    for ending in ["return", "panic", "exit", "wait"] {
        let folder = temporary_folder();
        let mut command = child_command(&format!("redis {ending}"));
        let mut child = command.env("TMPDIR", folder.path()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| line.strip_prefix("port ")?.parse::<u16>().ok());
        let port = port.expect("the child starts Redis");
        if ending == "wait" {
            assert!(TcpStream::connect(("127.0.0.1", port)).is_ok(), "or this test proves nothing");
            child.kill().unwrap();
        }
        child.wait().unwrap();
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_ok() || !is_empty(&folder) {
            assert!(Instant::now() < deadline, "still there after {ending}: {}", folder.path().display());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
