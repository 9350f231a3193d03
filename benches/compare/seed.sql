-- A row that another program wrote, without a body. The mistakes are made in reading it.
INSERT INTO authors (name) VALUES ('Ada');
INSERT INTO articles (author_id, slug, title, tags) VALUES (1, 'seed', 'Seed', '{"names": []}');
