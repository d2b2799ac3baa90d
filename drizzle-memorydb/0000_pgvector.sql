-- Embeddings need pgvector; the server must have it installed, and creating it needs its owner or a superuser.
CREATE EXTENSION IF NOT EXISTS vector;
