//! Running a generated read: with its verdict, on the server that [`Search`] chose, elsewhere if that one fails.

use std::io;
use std::pin::pin;
use std::time::Duration;

use ryw_core::decision::Plan;
use ryw_core::{Context, Error, Reason, Route};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments as _, PgConnection, SqlStr};

use crate::boxed::{Boxed, boxed};
use crate::cluster::PostgresSource;
use crate::epoch::Access;
use crate::error;
use crate::facts::{Facts, Form};
use crate::inner::Inner;
use crate::mode::Mode;
use crate::observe::Operation;
use crate::record::record;
use crate::search::{Lease, Search, role_changed};
use crate::trial::{Tickets, Verdict};

/// Of a query that says that it reads, and calls a function that writes.
const IT_WRITES: &str =
    "as a read, for it writes: let it return `Written<_>`, or take `tx: &mut Transaction` for `ctx`";

/// A statement of a generated repository.
pub(crate) struct Statement<'a> {
    pub(crate) sql: &'static str,
    pub(crate) arguments: &'a (dyn Fn() -> Result<PgArguments, BoxDynError> + Sync),
    /// What it does, and with what; for messages.
    pub(crate) verb: &'static str,
    pub(crate) entity: &'static str,
    pub(crate) table: &'static str,
}

impl Statement<'_> {
    /// Of a custom query, which may name many tables; its verb is an SQL command.
    pub(crate) const NO_TABLE: &'static str = "";

    /// What it is to be kept from on a server of this route: a query of the user's may call functions that write, and
    /// only the primary would let them.
    fn access(&self, route: Route) -> Access {
        match route {
            Route::Primary if self.table == Self::NO_TABLE => Access::ReadOnly,
            _ => Access::AsItIs,
        }
    }

    pub(crate) fn arguments(&self) -> Result<PgArguments, Error> {
        (self.arguments)().map_err(|error| self.not_encoded(error))
    }

    /// The arguments, and the tickets to ask about.
    fn arguments_with(&self, tickets: &[i64]) -> Result<PgArguments, Error> {
        let mut arguments = self.arguments()?;
        arguments.add(tickets).map_err(|error| self.not_encoded(error))?;
        Ok(arguments)
    }

    fn not_encoded(&self, error: BoxDynError) -> Error {
        Error::database(self.operation()).with_source(sqlx::Error::Encode(error))
    }

    pub(crate) fn operation(&self) -> String {
        if self.table == Self::NO_TABLE {
            return format!("run `{}`", self.entity);
        }
        format!("{} a {}", self.verb, self.entity)
    }
}

/// Runs a generated read, whose last columns are the facts of its snapshot.
pub(crate) fn rows<'a>(
    source: &'a PostgresSource,
    ctx: &'a Context,
    statement: &'a Statement<'_>,
) -> Boxed<'a, Vec<PgRow>> {
    boxed(async move {
        let source = source.inner();
        let operation = Operation::statement(source, statement);
        let finding = pin!(find(source, ctx, statement, &operation));
        operation.watch(finding).await
    })
}

async fn find(
    source: &Inner,
    ctx: &Context,
    statement: &Statement<'_>,
    operation: &Operation,
) -> Result<Vec<PgRow>, Error> {
    let mut search = Search::begin(source, ctx).await?;
    loop {
        let served = match search.plan() {
            Plan::Primary(reason) => on_primary(&mut search, statement, operation, reason).await?,
            Plan::Replica { index, reason } => {
                on_replica(&mut search, statement, operation, index, Duration::ZERO, reason).await?
            }
            Plan::Check { index, wait } => {
                on_replica(&mut search, statement, operation, index, wait, Reason::CaughtUp).await?
            }
        };
        if let Some(rows) = served {
            return Ok(rows);
        }
    }
}

/// `None` if the read has to go elsewhere.
type Served = Result<Option<Vec<PgRow>>, Error>;

async fn on_primary(
    search: &mut Search<'_>,
    statement: &Statement<'_>,
    operation: &Operation,
    reason: Reason,
) -> Served {
    let mut lease = search.primary(reason).await?;
    operation.routed(&lease.node, lease.routed);
    let place = lease.node.place();
    let tickets = Tickets::of_nothing(lease.branch.as_ref());
    match issue(search, &mut lease, statement, &tickets).await {
        Ok((rows, facts)) => {
            record(search.source, search.ctx, &search.before, &lease, &facts, place);
            Ok(Some(rows))
        }
        Err(why) => elsewhere(search, &mut lease, why),
    }
}

/// Issues the read on a replica until it has seen all it must, or the wait is over.
async fn on_replica(
    search: &mut Search<'_>,
    statement: &Statement<'_>,
    operation: &Operation,
    index: usize,
    wait: Duration,
    reason: Reason,
) -> Served {
    let mut waited = false;
    let mut pauses = search.pauses(wait);
    loop {
        let Some(mut lease) = search.replica(index, reason).await else { return Ok(None) };
        if waited {
            search.waited(&mut lease);
        }
        operation.routed(&lease.node, lease.routed);
        match attempt(search, &mut lease, statement, reason, wait).await {
            Ok(Some(rows)) => return Ok(Some(rows)),
            Ok(None) => {}
            Err(failure) => return elsewhere(search, &mut lease, failure),
        }
        // Others may need the connection meanwhile.
        drop(lease);
        if !pauses.pause().await {
            search.give_up_on(index);
            return Ok(None);
        }
        waited = true;
    }
}

/// Issues the read on one connection, once more if it may have been too early; `None` if the replica is behind.
async fn attempt(
    search: &mut Search<'_>,
    lease: &mut Lease,
    statement: &Statement<'_>,
    reason: Reason,
    wait: Duration,
) -> Result<Option<Vec<PgRow>>, Failure> {
    let mut trial = search.trial(reason);
    search.refresh(lease, &trial).await?;
    if search.source.mode == Mode::LsnGate && !Box::pin(search.gate(lease, &mut trial, wait)).await? {
        return Ok(None);
    }
    // Twice at most: what the first statement has shown is certain for the second.
    loop {
        let certain = trial.certain(lease.certain());
        let tickets = trial.tickets(lease.branch.as_ref(), &certain);
        let (asked, place) = (lease.node.about_to_ask(), lease.node.place());
        let (rows, facts) = issue(search, lease, statement, &tickets).await?;
        lease.passed(asked, &facts);
        match trial.judge(lease.branch.as_ref(), certain, &tickets, &facts) {
            Verdict::Fresh => {
                record(search.source, search.ctx, &search.before, lease, &facts, place);
                return Ok(Some(rows));
            }
            Verdict::Again => search.source.observer.reissued.add(),
            Verdict::Stale => return Ok(None),
        }
    }
}

/// A read that failed on one server.
struct Failure {
    why: Error,
    /// Whether it may succeed on another.
    may_succeed_elsewhere: bool,
}

impl From<Error> for Failure {
    /// Of a question about the server: another may answer.
    fn from(why: Error) -> Self {
        Self { why, may_succeed_elsewhere: true }
    }
}

/// What to make of a failure: try elsewhere if there is somewhere, and if it can help.
fn elsewhere(search: &mut Search<'_>, lease: &mut Lease, failure: impl Into<Failure>) -> Served {
    let Failure { why, may_succeed_elsewhere } = failure.into();
    if may_succeed_elsewhere && search.failed(lease, &why) { Ok(None) } else { Err(why) }
}

/// Issues the statement once, bounded on a replica, which may hang; the primary is the last resort and has all the time
/// it needs.
async fn issue(
    search: &Search<'_>,
    lease: &mut Lease,
    statement: &Statement<'_>,
    tickets: &Tickets,
) -> Result<(Vec<PgRow>, Facts), Failure> {
    let access = statement.access(lease.routed.route);
    let (form, sql) = search.source.statements.read(statement.sql, tickets, access);
    let arguments = match form {
        Form::Brief => statement.arguments(),
        Form::Full => statement.arguments_with(tickets.as_slice()),
    };
    let arguments = arguments.map_err(|why| Failure { why, may_succeed_elsewhere: false })?;
    let node = std::sync::Arc::clone(&lease.node);
    let under_way = node.load().begin();
    lease.conn.busy();
    let fetching = fetch(&mut lease.conn, form, sql, arguments);
    let fetched = if lease.routed.route.is_replica() {
        let limited = tokio::time::timeout(search.source.limits.replica_read_limit, fetching).await;
        limited.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
    } else {
        search.source.topology.while_led(&node, fetching).await
    };
    match fetched {
        Ok((rows, facts)) => {
            under_way.answered();
            lease.conn.keep();
            if lease.is_still_itself(&facts) { Ok((rows, facts)) } else { Err(role_changed(lease).into()) }
        }
        Err(error) => {
            if error::leaves_the_connection(&error) {
                lease.conn.keep();
            } else {
                lease.conn.give_up();
            }
            let may_succeed_elsewhere = error::may_succeed_elsewhere(&error);
            let why = match access {
                Access::ReadOnly if error::is_read_only(&error) => {
                    Error::database(format!("{} {IT_WRITES}", statement.operation())).with_source(error)
                }
                Access::ReadOnly | Access::AsItIs => error::read_failed(error, statement.operation()),
            };
            Err(Failure { why, may_succeed_elsewhere })
        }
    }
}

/// The rows of the query, without the one that only holds the facts, and the facts.
async fn fetch(
    conn: &mut PgConnection,
    form: Form,
    sql: SqlStr,
    arguments: PgArguments,
) -> Result<(Vec<PgRow>, Facts), sqlx::Error> {
    let mut rows = sqlx::query_with(sql, arguments).fetch_all(&mut *conn).await?;
    let Some(last) = rows.last() else {
        return Err(sqlx::Error::Protocol("a wrapped read returned no row at all".into()));
    };
    let facts = Facts::of(last, form)?;
    if !Facts::beside_a_row(last, form)? {
        rows.clear();
    }
    Ok((rows, facts))
}
