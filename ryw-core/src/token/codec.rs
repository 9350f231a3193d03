//! What makes tokens of contexts, and contexts of tokens.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;
use sha2::{Digest as _, Sha256};

use super::{InvalidToken, MAX_BYTES, MAX_TEXT, SessionToken, TokenCounts, TokenKey, number, read, write};
use crate::{Clock, Context, SystemClock, Timestamp};

/// The first byte of a token: its version, and what follows.
const VERSION: u8 = 0x10;
const VERSION_MASK: u8 = 0xf0;
/// It ends with a tag, not with a checksum.
const SIGNED: u8 = 0x01;
/// The tag is one of the subject as well.
const BOUND: u8 = 0x02;

/// The bytes of a tag: half of what HMAC-SHA-256 gives, which RFC 2104 recommends as the least.
const TAG_LEN: usize = 16;
/// The bytes of a checksum.
const CHECKSUM_LEN: usize = 4;

/// What the tag is of, so that it is never taken for one of something else.
const DOMAIN: &[u8] = b"ryw session token\0";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How far clocks may be apart.
const SKEW: Duration = Duration::from_secs(60);

/// Makes tokens of contexts, and contexts of tokens. Cheap to clone; clones count together.
///
/// ```
/// use ryw_core::{Context, TokenCodec, TokenKey};
///
/// let codec = TokenCodec::signed(TokenKey::new([7; 32])?);
/// let ctx = Context::new();
/// let token = codec.encode(&ctx);
/// let restored = codec.decode(token.as_str()).expect("our own");
/// assert_eq!(restored.frontiers(), ctx.frontiers());
///
/// // Whatever else comes in: nothing is known of that session, and its reads go to the primary.
/// assert!(codec.restore("forged").is_unknown_elsewhere());
/// assert_eq!(codec.counts().rejected(), 1);
/// # Ok::<(), ryw_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TokenCodec {
    /// The first signs, each verifies. None: tokens are unsigned.
    keys: Vec<TokenKey>,
    max_age: Duration,
    clock: Arc<dyn Clock>,
    counts: Arc<TokenCounts>,
}

impl TokenCodec {
    /// Signs with `key`, and takes what it has signed.
    #[must_use]
    pub fn signed(key: TokenKey) -> Self {
        Self::new(vec![key])
    }

    /// Neither signs nor verifies: whoever reaches the service can make up a position, and has then up to one read on the
    /// primary for each request.
    ///
    /// For queues, caches and services that nobody else can write to or call. A checksum finds accidents. Reads stay right
    /// with any token: a position of the future is one that no replica has reached.
    #[must_use]
    pub fn unsigned_for_trusted_networks() -> Self {
        Self::new(Vec::new())
    }

    fn new(keys: Vec<TokenKey>) -> Self {
        Self { keys, max_age: DAY, clock: Arc::new(SystemClock), counts: Arc::default() }
    }

    /// Takes what `key` has signed as well.
    ///
    /// So keys rotate without a request that is read from the primary: give every process the new key here, then let every
    /// process sign with the new one and accept the old one, and drop the old one when its last token is
    /// [too old](Self::max_age). A codec that does not sign stays one.
    #[must_use]
    pub fn also_accepting(mut self, key: TokenKey) -> Self {
        if !self.keys.is_empty() {
            self.keys.push(key);
        }
        self
    }

    /// Takes tokens for this long after they were issued; a day, if nothing else is said.
    ///
    /// It has to be longer than replicas may lag, or a session is sent to the primary for no reason. A token that is too old
    /// costs its session one read on the primary per source.
    #[must_use]
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How many tokens were taken, and how many rejected, by this codec and its clones.
    #[must_use]
    pub fn counts(&self) -> &TokenCounts {
        &self.counts
    }

    /// What `ctx` knows, as a token for whoever carries it.
    #[must_use]
    pub fn encode(&self, ctx: &Context) -> SessionToken {
        self.token(ctx, None)
    }

    /// What `ctx` knows, as a token that counts only beside the same `subject`: the user's id, say.
    ///
    /// The subject is not in the token. Where tokens are unsigned, binding keeps accidents apart, not people.
    #[must_use]
    pub fn encode_for(&self, subject: &str, ctx: &Context) -> SessionToken {
        self.token(ctx, Some(subject))
    }

    /// The session that `text` is a token of.
    ///
    /// # Errors
    /// If it is none, or not to be trusted. Then nothing is known of the session: do not go on with
    /// [`Context::new`], which would say that it has written nothing, but with [`Context::unknown`], as
    /// [`restore`](Self::restore) does.
    pub fn decode(&self, text: &str) -> Result<Context, InvalidToken> {
        self.counted(text, None)
    }

    /// The session that `text` is a token of, if it was issued for `subject`.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_for(&self, subject: &str, text: &str) -> Result<Context, InvalidToken> {
        self.counted(text, Some(subject))
    }

    /// The session that `text` is a token of, or one of which nothing is known.
    #[must_use]
    pub fn restore(&self, text: &str) -> Context {
        self.decode(text).unwrap_or_else(|_| Context::unknown())
    }

    /// The session that `text` is a token of, if it was issued for `subject`, or one of which nothing is known.
    #[must_use]
    pub fn restore_for(&self, subject: &str, text: &str) -> Context {
        self.decode_for(subject, text).unwrap_or_else(|_| Context::unknown())
    }

    fn token(&self, ctx: &Context, subject: Option<&str>) -> SessionToken {
        let key = self.keys.first();
        let signed = if key.is_some() { SIGNED } else { 0 };
        let mut bytes = vec![VERSION | signed | if subject.is_some() { BOUND } else { 0 }];
        bytes.extend(key.map(TokenKey::hint));
        let issued = self.clock.now();
        number::write(&mut bytes, issued.as_unix_millis());
        let room = MAX_BYTES - TAG_LEN - bytes.len();
        write::context(&mut bytes, ctx, issued, room);
        match key {
            Some(key) => {
                let tag = message(key, &bytes, subject).finalize().into_bytes();
                bytes.extend(&tag[..TAG_LEN]);
            }
            None => bytes.extend(checksum(&bytes, subject)),
        }
        SessionToken(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn counted(&self, text: &str, subject: Option<&str>) -> Result<Context, InvalidToken> {
        let outcome = self.context(text, subject);
        self.counts.record(&outcome);
        outcome
    }

    fn context(&self, text: &str, subject: Option<&str>) -> Result<Context, InvalidToken> {
        if text.len() > MAX_TEXT {
            return Err(InvalidToken::TooLong);
        }
        let mut space = [0; MAX_TEXT / 4 * 3];
        let len = URL_SAFE_NO_PAD.decode_slice(text, &mut space).map_err(|_| InvalidToken::Malformed)?;
        let mut body = self.verified(&space[..len], subject)?;
        let issued = number::read(&mut body).ok_or(InvalidToken::Malformed)?;
        let issued = Timestamp::from_unix_millis(issued);
        self.judge_age(issued)?;
        read::context(body, issued).ok_or(InvalidToken::Malformed)
    }

    /// What lies between the head and the tag, if the tag is right.
    fn verified<'a>(&self, bytes: &'a [u8], subject: Option<&str>) -> Result<&'a [u8], InvalidToken> {
        let head = *bytes.first().ok_or(InvalidToken::Malformed)?;
        if head & VERSION_MASK != VERSION || head & !(VERSION_MASK | SIGNED | BOUND) != 0 {
            return Err(InvalidToken::Version);
        }
        if (head & SIGNED != 0) == self.keys.is_empty() {
            return Err(InvalidToken::Unsigned);
        }
        if (head & BOUND != 0) != subject.is_some() {
            return Err(InvalidToken::Subject);
        }
        if self.keys.is_empty() {
            let (told, tag) = bytes.split_last_chunk::<CHECKSUM_LEN>().ok_or(InvalidToken::Malformed)?;
            let good = checksum(told, subject) == *tag;
            return told.get(1..).filter(|_| good).ok_or(InvalidToken::Malformed);
        }
        let (told, tag) = bytes.split_last_chunk::<TAG_LEN>().ok_or(InvalidToken::Malformed)?;
        let (&hint, body) = told.get(1..).and_then(<[u8]>::split_first).ok_or(InvalidToken::Malformed)?;
        let signs = |key: &TokenKey| message(key, told, subject).verify_truncated_left(tag).is_ok();
        let known = self.keys.iter().filter(|key| key.hint() == hint).any(signs);
        if known { Ok(body) } else { Err(InvalidToken::Forged) }
    }

    fn judge_age(&self, issued: Timestamp) -> Result<(), InvalidToken> {
        let now = self.clock.now();
        let ahead = Duration::from_millis(issued.as_unix_millis().saturating_sub(now.as_unix_millis()));
        if ahead > SKEW {
            return Err(InvalidToken::FromTheFuture);
        }
        // Not one that is just as old: an age of nothing takes nothing.
        if issued.is_within(self.max_age, now) { Ok(()) } else { Err(InvalidToken::TooOld) }
    }
}

/// What is signed: the subject too, and how long it is, so that none of it can be taken for the token's.
fn message(key: &TokenKey, bytes: &[u8], subject: Option<&str>) -> hmac::Hmac<Sha256> {
    let subject = subject.unwrap_or_default();
    key.mac()
        .chain_update(DOMAIN)
        .chain_update((subject.len() as u64).to_be_bytes())
        .chain_update(subject)
        .chain_update(bytes)
}

fn checksum(bytes: &[u8], subject: Option<&str>) -> [u8; CHECKSUM_LEN] {
    let subject = subject.unwrap_or_default();
    let hash = Sha256::new()
        .chain_update(DOMAIN)
        .chain_update((subject.len() as u64).to_be_bytes())
        .chain_update(subject)
        .chain_update(bytes)
        .finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}
