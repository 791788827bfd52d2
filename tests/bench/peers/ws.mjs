// Echo and broadcast with ws on Node.js. usage: node ws.mjs
// plain|alone|takeover: no compression, messages compressed each by itself, or
// with takeover. Listens at 127.0.0.1, at a port of the system's choice.
import { WebSocketServer } from "ws";

const mode = process.argv[2];
const isAlone = mode === "alone";
const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    backlog: 1024,
    maxPayload: 32 << 20,
    perMessageDeflate: mode === "plain" ? false : {
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
