-- The contexts of an application's users, kept by ryw for clients that carry nothing, and for users of several devices.
--
-- Not UNLOGGED, though it would be cheaper: such a table is empty after a crash, and on a replica that is promoted, which is
-- when a user's reads most need to know what the user wrote.
--
-- A role that only uses it needs:
--     GRANT SELECT, INSERT, UPDATE, DELETE ON public.ryw_contexts TO …;
CREATE TABLE IF NOT EXISTS public.ryw_contexts (
    key text PRIMARY KEY,
    context bytea NOT NULL,
    -- Without an index, so that a change need not touch one (HOT): what has expired is found by looking through the table.
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 70);
