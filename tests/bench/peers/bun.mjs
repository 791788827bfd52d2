// Echo and broadcast with Bun, whose WebSocket server is uWebSockets.
// usage: bun bun.mjs plain|alone|takeover|tls [PEM]: no compression, messages
// compressed each by itself, or with takeover; or no compression over TLS, with
// the certificate and key of a file. Listens at 127.0.0.1, at a port of the
// system's choice.
const [, , mode, pem] = process.argv;
const kinds = { alone: "shared", takeover: "dedicated" };
const isCompressed = mode in kinds;

Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: mode === "tls"
        ? { cert: Bun.file(pem), key: Bun.file(pem) }
        : undefined,
    fetch(request, server) {
        const isMember = new URL(request.url).pathname === "/broadcast";

        if (!server.upgrade(request, { data: { isMember } }))
            return new Response("WebSocket only", { status: 426 });
    },
    websocket: {
        perMessageDeflate: isCompressed
            ? { compress: kinds[mode], decompress: kinds[mode] }
            : false,
        idleTimeout: 0,
        sendPings: false,
        maxPayloadLength: 32 << 20,
        backpressureLimit: 64 << 20,
        open(socket) {
            if (socket.data.isMember)
                socket.subscribe("all");
        },
        message(socket, message) {
            if (!socket.data.isMember) {
                socket.send(message, isCompressed);
                return;
            }
            // to all others, and to itself
            socket.publish("all", message);
            socket.send(message);
        },
    },
});
