import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env["INTERVIEWER_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  server: {
    host: "127.0.0.1",
    proxy: { "/api": { target: server, ws: true } },
  },
  // Worklets are loaded by address and must stay files of their own.
  // LiveKit's client is the one large file; it is loaded beside the page and not with it.
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 600 },
  worker: { format: "es" },
});
