CREATE TABLE "import_log" (
	"logged_at" timestamp with time zone NOT NULL,
	"source" text NOT NULL,
	"line" text,
	"ok" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "Legacy Import" (
	"order" integer PRIMARY KEY NOT NULL,
	"Mixed Case" text NOT NULL,
	"größe" numeric,
	"select" boolean DEFAULT false NOT NULL,
	"100%" text
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"topic" text NOT NULL,
	"payload" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "rules" ADD COLUMN "lines" "int4range";--> statement-breakpoint
ALTER TABLE "rules" ADD COLUMN "confidence" real;--> statement-breakpoint
CREATE INDEX "Legacy Import by Mixed Case" ON "Legacy Import" USING btree ("Mixed Case");--> statement-breakpoint
ALTER TABLE "rules" ADD CONSTRAINT "rules_confidence_check" CHECK ("rules"."confidence" between 0 and 1);