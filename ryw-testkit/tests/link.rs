//! A link passes everything on, later; or loses what it was told to lose.

use std::time::{Duration, Instant};

use ryw_testkit::link::{Link, Way};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to listen for what must not come.
const MOMENT: Duration = Duration::from_millis(100);

/// A server that says whatever is said to it, and the link before it.
async fn echoing() -> Link {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("tcp://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(echo(stream));
        }
    });
    Link::before(&url).await.unwrap()
}

async fn echo(mut stream: TcpStream) {
    let mut buffer = [0; 1000];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

async fn connect(link: &Link) -> TcpStream {
    let url = link.url();
    let address = url.trim_start_matches("tcp://").trim_end_matches('/');
    TcpStream::connect(address).await.unwrap()
}

async fn hear(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut heard = vec![0; length];
    timeout(PATIENCE, stream.read_exact(&mut heard)).await.unwrap().unwrap();
    heard
}

async fn hears_nothing(stream: &mut TcpStream) {
    let heard = timeout(MOMENT, stream.read_u8()).await;
    assert!(heard.is_err(), "{heard:?}");
}

async fn is_over(stream: &mut TcpStream) {
    let heard = timeout(PATIENCE, stream.read(&mut [0])).await.unwrap();
    assert!(matches!(heard, Ok(0) | Err(_)), "{heard:?}");
}

#[tokio::test]
async fn each_way_takes_the_latency() {
    let link = echoing().await;
    let mut stream = connect(&link).await;
    for millis in [20, 5] {
        let latency = Duration::from_millis(millis);
        link.set_latency(latency);
        let begun = Instant::now();
        stream.write_all(b"?").await.unwrap();
        assert_eq!(hear(&mut stream, 1).await, b"?");
        assert!(begun.elapsed() >= 2 * latency, "{:?}", begun.elapsed());
    }
}

/// One after the other would take a minute.
#[tokio::test]
async fn any_number_of_pieces_can_be_under_way() {
    let link = echoing().await;
    link.set_latency(Duration::from_millis(200));
    let mut stream = connect(&link).await;
    stream.set_nodelay(true).unwrap();
    let begun = Instant::now();
    for _ in 0..150 {
        stream.write_all(b"?").await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(hear(&mut stream, 150).await, [b'?'; 150]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn much_arrives_whole_and_in_order_while_the_latency_changes() {
    let link = echoing().await;
    let (mut from, mut to) = connect(&link).await.into_split();
    let said: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let expected = said.clone();
    let saying = tokio::spawn(async move {
        to.write_all(&said).await.unwrap();
        to
    });
    let mut heard = Vec::new();
    for turn in 0_u64.. {
        link.set_latency(Duration::from_millis(turn % 3));
        let mut buffer = vec![0; 100_000];
        let length = timeout(PATIENCE, from.read(&mut buffer)).await.unwrap().unwrap();
        heard.extend_from_slice(&buffer[..length]);
        if heard.len() >= expected.len() {
            break;
        }
    }
    assert!(heard == expected);
    drop(saying.await.unwrap());
    assert_eq!(from.read(&mut [0]).await.unwrap(), 0, "the farewell arrives as well");
}

#[tokio::test]
async fn answers_to_last_words_are_lost_also_if_these_come_in_two_pieces() {
    let link = echoing().await;
    link.lose_answers_to(b"COMMIT");
    let (mut stream, mut other) = (connect(&link).await, connect(&link).await);
    stream.write_all(b"COM").await.unwrap();
    assert_eq!(hear(&mut stream, 3).await, b"COM");
    stream.write_all(b"MIT").await.unwrap();
    hears_nothing(&mut stream).await;
    other.write_all(b"?").await.unwrap();
    assert_eq!(hear(&mut other, 1).await, b"?", "it concerns only who has said them");

    link.cut();
    is_over(&mut stream).await;
    is_over(&mut other).await;
    let mut anew = connect(&link).await;
    anew.write_all(b"COMMIT").await.unwrap();
    assert_eq!(hear(&mut anew, 6).await, b"COMMIT");
}

#[tokio::test]
async fn a_way_that_is_cut_stays_silent_and_open() {
    for way in [Way::ToServer, Way::ToClient] {
        let link = echoing().await;
        let mut stream = connect(&link).await;
        stream.write_all(b"?").await.unwrap();
        hear(&mut stream, 1).await;
        link.cut_one_way(way);
        stream.write_all(b"?").await.unwrap();
        hears_nothing(&mut stream).await;
        link.cut();
        is_over(&mut stream).await;
    }
}

#[tokio::test]
async fn a_dropped_link_takes_its_connections_along() {
    let link = echoing().await;
    link.set_latency(Duration::from_secs(3600));
    let mut stream = connect(&link).await;
    stream.write_all(b"?").await.unwrap();
    drop(link);
    is_over(&mut stream).await;
}

#[tokio::test]
async fn a_server_that_is_away_is_found_out() {
    let link = Link::before("tcp://127.0.0.1:1/").await.unwrap();
    is_over(&mut connect(&link).await).await;
    assert!(Link::before("tcp://127.0.0.1/").await.is_err());
}
