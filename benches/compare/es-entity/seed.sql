-- A row that another program wrote, without a body. The mistakes are made in reading it.
INSERT INTO authors VALUES ('00000000-0000-0000-0000-000000000001', now(), 'Ada');
INSERT INTO articles VALUES ('00000000-0000-0000-0000-000000000001', now(), '00000000-0000-0000-0000-000000000001', 'seed');
INSERT INTO article_events (id, sequence, event_type, event, recorded_at) VALUES (
    '00000000-0000-0000-0000-000000000001', 1, 'written',
    '{"type": "written", "id": "00000000-0000-0000-0000-000000000001",
      "author_id": "00000000-0000-0000-0000-000000000001", "slug": "seed", "title": "Seed", "body": null}',
    now()
);
