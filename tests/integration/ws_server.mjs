// Echoes, with npm's ws, on a free port, which it prints. Ends with its input.
import {WebSocketServer} from "ws";

const server = new WebSocketServer({
	host: "127.0.0.1", port: 0,
	perMessageDeflate: {threshold: 0},
}, () => console.log(server.address().port));

server.on("connection", (socket) => {
	socket.on("message", (data, isBinary) =>
		socket.send(data, {binary: isBinary}));
});
process.stdin.on("end", () => process.exit(0)).resume();
