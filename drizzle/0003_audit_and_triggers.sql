-- What drizzle-kit cannot express: a partitioned table, triggers, deferrable and exclusion constraints, an index
-- on a materialized view, extended statistics, comments, grants.
CREATE TABLE audit_events (
	id bigserial NOT NULL,
	at timestamp with time zone DEFAULT now() NOT NULL,
	actor_id bigint REFERENCES users (id) ON DELETE SET NULL,
	action text NOT NULL,
	target_table text NOT NULL,
	target_id bigint,
	details jsonb,
	CONSTRAINT audit_events_pk PRIMARY KEY (id, at),
	CONSTRAINT audit_events_action_check CHECK (action <> '')
) PARTITION BY RANGE (at);--> statement-breakpoint
CREATE TABLE audit_events_2024 PARTITION OF audit_events
	FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');--> statement-breakpoint
CREATE TABLE audit_events_2025 PARTITION OF audit_events
	FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00')
	PARTITION BY RANGE (at);--> statement-breakpoint
CREATE TABLE audit_events_2025_h1 PARTITION OF audit_events_2025
	FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-07-01 00:00:00+00');--> statement-breakpoint
CREATE TABLE audit_events_2025_h2 PARTITION OF audit_events_2025
	FOR VALUES FROM ('2025-07-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');--> statement-breakpoint
CREATE TABLE audit_events_rest PARTITION OF audit_events DEFAULT;--> statement-breakpoint
CREATE INDEX audit_events_target_idx ON audit_events (target_table, target_id);--> statement-breakpoint
CREATE INDEX audit_events_actor_idx ON audit_events (actor_id) INCLUDE (action);--> statement-breakpoint

CREATE FUNCTION record_rule_version() RETURNS trigger
	LANGUAGE plpgsql
	SET search_path = public, pg_temp
AS $$
DECLARE
	version uuid;
BEGIN
	IF TG_OP = 'UPDATE' AND (OLD.title, OLD.body) IS NOT DISTINCT FROM (NEW.title, NEW.body) THEN
		RETURN NULL;
	END IF;
	INSERT INTO rule_versions (rule_id, number, title, body, reason, digest, author_id)
	SELECT NEW.id, coalesce(max(number), 0) + 1, NEW.title, NEW.body, lower(TG_OP),
		sha256(convert_to(NEW.title || E'\n' || NEW.body, 'UTF8')), NEW.author_id
	FROM rule_versions
	WHERE rule_id = NEW.id
	RETURNING id INTO version;
	UPDATE rules SET current_version_id = version WHERE id = NEW.id;
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE FUNCTION audit() RETURNS trigger
	LANGUAGE plpgsql
	SET search_path = public, pg_temp
AS $$
BEGIN
	INSERT INTO audit_events (action, target_table, target_id, details)
	VALUES (
		lower(TG_OP),
		TG_TABLE_NAME,
		CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END,
		jsonb_build_object('arguments', TG_ARGV)
	);
	RETURN NULL;
END
$$;--> statement-breakpoint
CREATE TRIGGER rules_touch BEFORE UPDATE ON rules
	FOR EACH ROW EXECUTE FUNCTION touch_updated_at();--> statement-breakpoint
CREATE TRIGGER projects_touch BEFORE UPDATE ON projects
	FOR EACH ROW EXECUTE FUNCTION touch_updated_at();--> statement-breakpoint
CREATE TRIGGER rules_version AFTER INSERT OR UPDATE OF title, body ON rules
	FOR EACH ROW EXECUTE FUNCTION record_rule_version();--> statement-breakpoint
CREATE TRIGGER rules_audit AFTER INSERT OR DELETE ON rules
	FOR EACH ROW EXECUTE FUNCTION audit('rule''s life', 'two');--> statement-breakpoint
CREATE TRIGGER rules_retired AFTER UPDATE OF status ON rules
	FOR EACH ROW WHEN (OLD.status <> 'retired' AND NEW.status = 'retired') EXECUTE FUNCTION audit('retired');--> statement-breakpoint
CREATE CONSTRAINT TRIGGER proposals_audit AFTER INSERT OR UPDATE ON proposals
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION audit();--> statement-breakpoint

ALTER TABLE rules ALTER CONSTRAINT rules_current_version_id_rule_versions_id_fk DEFERRABLE INITIALLY IMMEDIATE;--> statement-breakpoint
ALTER TABLE rules ADD CONSTRAINT rules_position_unique UNIQUE (project_id, position) DEFERRABLE INITIALLY DEFERRED;--> statement-breakpoint
ALTER TABLE proposals ADD CONSTRAINT proposals_superseded_by_fk
	FOREIGN KEY (superseded_by) REFERENCES proposals (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;--> statement-breakpoint
ALTER TABLE rule_freezes ADD CONSTRAINT rule_freezes_no_overlap
	EXCLUDE USING gist (int8range(rule_id, rule_id, '[]') WITH =, during WITH &&);--> statement-breakpoint
CREATE UNIQUE INDEX rule_stats_rule_idx ON rule_stats (rule_id);--> statement-breakpoint
CREATE STATISTICS rules_project_author (dependencies, ndistinct) ON project_id, author_id FROM rules;--> statement-breakpoint
ALTER TABLE rules ALTER COLUMN project_id SET STATISTICS 500;--> statement-breakpoint
ALTER TABLE rule_versions SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);--> statement-breakpoint

CREATE FUNCTION rules_of(project slug, OUT id bigint, OUT title text) RETURNS SETOF record
	LANGUAGE sql
	STABLE
AS $$
	SELECT r.id, r.title
	FROM public.rules r
	JOIN public.projects p ON p.id = r.project_id
	WHERE p.key = project
	ORDER BY r.position
$$;--> statement-breakpoint
GRANT SELECT ON active_rules TO PUBLIC;--> statement-breakpoint
GRANT SELECT (id, key, name) ON projects TO PUBLIC;--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION audit() FROM PUBLIC;--> statement-breakpoint
COMMENT ON TABLE rules IS 'What assistants are asked to follow; it''s versioned in rule_versions';--> statement-breakpoint
COMMENT ON COLUMN rules.weight IS E'1 is normal.\nHigher wins when two rules disagree.';--> statement-breakpoint
COMMENT ON CONSTRAINT rules_retired_check ON rules IS 'Retired rules say since when';--> statement-breakpoint
COMMENT ON TRIGGER rules_version ON rules IS 'Keeps rule_versions complete';--> statement-breakpoint
COMMENT ON INDEX rules_search_idx IS 'Volltextsuche über Titel und Text';--> statement-breakpoint
COMMENT ON TYPE source_span IS 'A file with its first and last line';--> statement-breakpoint
COMMENT ON MATERIALIZED VIEW rule_stats IS 'Refreshed by the nightly job';
