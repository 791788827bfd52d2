// Bun's echo server, whose WebSocket part is uWebSockets, compressing every
// reply. usage: bun echo_bun.mjs shared|dedicated, which is Bun's way to say
// without and with takeover. Listens at 127.0.0.1, at a port of the system's
// choice.
const kind = process.argv[2];

Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request, server) {
        if (!server.upgrade(request))
            return new Response("WebSocket only", { status: 426 });
    },
    websocket: {
        perMessageDeflate: { compress: kind, decompress: kind },
        idleTimeout: 0,
        sendPings: false,
        message(socket, message) {
            socket.send(message, true);
        },
    },
});
