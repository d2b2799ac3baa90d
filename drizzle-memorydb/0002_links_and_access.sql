CREATE TABLE "embedding_queue" (
	"node_id" bigint PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"queued_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "node_access_log" (
	"node_id" bigint NOT NULL,
	"session_id" uuid,
	"accessed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"score" real
);
--> statement-breakpoint
CREATE TABLE "rule_links" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"node_id" bigint NOT NULL,
	"rule_id" bigint NOT NULL,
	"reason" text,
	"confirmed" boolean DEFAULT false NOT NULL,
	CONSTRAINT "rule_links_node_rule_unique" UNIQUE("node_id","rule_id")
);
--> statement-breakpoint
ALTER TABLE "memory_nodes" ADD COLUMN "degree" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "embedding_queue" ADD CONSTRAINT "embedding_queue_node_id_memory_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."memory_nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "node_access_log" ADD CONSTRAINT "node_access_log_node_id_memory_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."memory_nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rule_links" ADD CONSTRAINT "rule_links_node_id_memory_nodes_id_fk" FOREIGN KEY ("node_id") REFERENCES "public"."memory_nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "node_access_log_at_idx" ON "node_access_log" USING brin ("accessed_at");--> statement-breakpoint
CREATE INDEX "rule_links_rule_idx" ON "rule_links" USING btree ("rule_id");--> statement-breakpoint
CREATE VIEW "public"."live_nodes" AS (select id, kind, content, degree from memory_nodes where forgotten_at is null);