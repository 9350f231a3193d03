-- The epochs of ryw: a row for each timeline that ryw has written on, made when it first connects to its primary.
--
-- A standby that received WAL which the new primary never had cannot follow it, but answers on, and may call the same LSNs
-- and transaction ids its own. It never receives the row of the new timeline, and by that it is told apart.
--
-- Whoever applies this owns the table. A role that only uses it needs:
--     GRANT SELECT, INSERT (timeline) ON public.ryw_epochs TO …;
CREATE TABLE IF NOT EXISTS public.ryw_epochs (
    timeline int8 PRIMARY KEY,
    -- Two replicas that were promoted side by side call two histories by one number.
    nonce int8 NOT NULL DEFAULT 1 + floor(random() * 4294967295)::int8 CHECK (nonce BETWEEN 1 AND 4294967295),
    begun_at timestamptz NOT NULL DEFAULT now()
);
