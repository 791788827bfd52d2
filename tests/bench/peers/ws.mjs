// Echo and broadcast with ws on Node.js. usage: node ws.mjs
// plain|alone|takeover|tls [PEM]: no compression, messages compressed each by
// itself, or with takeover; or no compression over TLS, with the certificate and
// key of a file. Listens at 127.0.0.1, at a port of the system's choice.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { WebSocketServer } from "ws";

const [, , mode, pem] = process.argv;
const isAlone = mode === "alone";
const site = mode === "tls"
    ? createSecureServer({ cert: readFileSync(pem), key: readFileSync(pem) })
    : createServer();
const server = new WebSocketServer({
    server: site,
    maxPayload: 32 << 20,
    perMessageDeflate: mode === "plain" || mode === "tls" ? false : {
        serverNoContextTakeover: isAlone,
        clientNoContextTakeover: isAlone,
        zlibDeflateOptions: { level: 1 },
        threshold: 256,
    },
});
const members = new Set();

server.on("connection", (socket, request) => {
    const isMember = request.url === "/broadcast";

    if (isMember) {
        members.add(socket);
        socket.on("close", () => members.delete(socket));
    }
    socket.on("message", (data, binary) => {
        if (!isMember) {
            socket.send(data, { binary });
            return;
        }
        for (const member of members)
            member.send(data, { binary });
    });
});

site.listen({ host: "127.0.0.1", port: 0, backlog: 1024 });
