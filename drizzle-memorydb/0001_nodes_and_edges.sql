CREATE TYPE "public"."edge_kind" AS ENUM('supports', 'contradicts', 'follows', 'mentions', 'supersedes');--> statement-breakpoint
CREATE TYPE "public"."node_kind" AS ENUM('fact', 'decision', 'preference', 'snippet', 'episode');--> statement-breakpoint
CREATE TABLE "memory_edges" (
	"source_id" bigint NOT NULL,
	"target_id" bigint NOT NULL,
	"kind" "edge_kind" NOT NULL,
	"weight" real DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memory_edges_source_id_target_id_kind_pk" PRIMARY KEY("source_id","target_id","kind"),
	CONSTRAINT "memory_edges_no_loop_check" CHECK ("memory_edges"."source_id" <> "memory_edges"."target_id")
);
--> statement-breakpoint
CREATE TABLE "memory_nodes" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "memory_nodes_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" uuid,
	"origin_id" bigint,
	"kind" "node_kind" NOT NULL,
	"content" text NOT NULL,
	"content_hash" text GENERATED ALWAYS AS (md5(content)) STORED,
	"embedding" vector(768),
	"keywords" text[] DEFAULT '{}' NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"importance" real DEFAULT 0.5 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"forgotten_at" timestamp with time zone,
	CONSTRAINT "memory_nodes_importance_check" CHECK ("memory_nodes"."importance" between 0 and 1)
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"project_key" text NOT NULL,
	"assistant" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"summary" text,
	"started_from" "inet",
	CONSTRAINT "sessions_end_check" CHECK ("sessions"."ended_at" >= "sessions"."started_at")
);
--> statement-breakpoint
ALTER TABLE "memory_edges" ADD CONSTRAINT "memory_edges_source_id_memory_nodes_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."memory_nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_edges" ADD CONSTRAINT "memory_edges_target_id_memory_nodes_id_fk" FOREIGN KEY ("target_id") REFERENCES "public"."memory_nodes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_nodes" ADD CONSTRAINT "memory_nodes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_nodes" ADD CONSTRAINT "memory_nodes_origin_id_memory_nodes_id_fk" FOREIGN KEY ("origin_id") REFERENCES "public"."memory_nodes"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "memory_edges_target_idx" ON "memory_edges" USING btree ("target_id");--> statement-breakpoint
CREATE INDEX "memory_nodes_embedding_idx" ON "memory_nodes" USING hnsw ("embedding" vector_cosine_ops) WITH (m=12,ef_construction=40);--> statement-breakpoint
CREATE INDEX "memory_nodes_keywords_idx" ON "memory_nodes" USING gin ("keywords");--> statement-breakpoint
CREATE INDEX "memory_nodes_hash_idx" ON "memory_nodes" USING btree ("content_hash");--> statement-breakpoint
CREATE INDEX "memory_nodes_live_idx" ON "memory_nodes" USING btree ("kind","created_at") WHERE "memory_nodes"."forgotten_at" is null;--> statement-breakpoint
CREATE INDEX "sessions_open_idx" ON "sessions" USING btree ("project_key") WHERE "sessions"."ended_at" is null;