-- What drizzle-kit cannot express: triggers, functions, comments.
CREATE FUNCTION count_degree() RETURNS trigger
	LANGUAGE plpgsql
	SET search_path = public, pg_temp
AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		UPDATE memory_nodes SET degree = degree + 1 WHERE id IN (NEW.source_id, NEW.target_id);
	ELSE
		UPDATE memory_nodes SET degree = degree - 1 WHERE id IN (OLD.source_id, OLD.target_id);
	END IF;
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER memory_edges_degree AFTER INSERT OR DELETE ON memory_edges
	FOR EACH ROW EXECUTE FUNCTION count_degree();--> statement-breakpoint
CREATE FUNCTION nearest_nodes(probe vector, how_many integer DEFAULT 10) RETURNS TABLE (id bigint, distance double precision)
	LANGUAGE sql
	STABLE
	ROWS 10
AS $$
	SELECT n.id, n.embedding <=> probe
	FROM memory_nodes n
	WHERE n.forgotten_at IS NULL
	ORDER BY n.embedding <=> probe
	LIMIT how_many
$$;--> statement-breakpoint
CREATE VIEW node_neighbours AS
	SELECT source_id AS node_id, target_id AS neighbour_id, kind, weight FROM memory_edges
	UNION ALL
	SELECT target_id, source_id, kind, weight FROM memory_edges;--> statement-breakpoint
COMMENT ON COLUMN memory_nodes.embedding IS 'Of unit length, so that cosine and inner product agree';--> statement-breakpoint
COMMENT ON COLUMN memory_nodes.degree IS 'Kept by the trigger memory_edges_degree';--> statement-breakpoint
COMMENT ON TABLE rule_links IS 'rule_id is rulesdb''s rules.id; nothing enforces it here';
