-- Types that drizzle-kit cannot express and that the tables of the next migration use.
CREATE DOMAIN slug AS text
	CONSTRAINT slug_shape CHECK (VALUE ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
	CONSTRAINT slug_length CHECK (length(VALUE) <= 80);--> statement-breakpoint
COMMENT ON DOMAIN slug IS 'A name that is safe in a URL: lower case, digits, single dashes';--> statement-breakpoint
CREATE TYPE source_span AS (
	file text,
	first_line integer,
	last_line integer
);--> statement-breakpoint
CREATE FUNCTION touch_updated_at() RETURNS trigger
	LANGUAGE plpgsql
AS $$
BEGIN
	NEW.updated_at := now();
	RETURN NEW;
END
$$;
