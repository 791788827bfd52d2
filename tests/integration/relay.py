"""Passes bytes on between a client and the daemon, and counts them."""
import socket
import threading

from peer import HOST


class Relay:
    """Until close(). The counts are whole once the client has seen the end."""

    def __init__(self, port):
        self.daemon_port = port
        self.to_daemon = self.to_client = 0
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection((HOST, self.daemon_port))
            threading.Thread(target=self._pass, daemon=True, args=(
                client, server, "to_daemon")).start()
            threading.Thread(target=self._pass, daemon=True, args=(
                server, client, "to_client")).start()

    def _pass(self, source, sink, count):
        try:
            while data := source.recv(1 << 16):
                setattr(self, count, getattr(self, count) + len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()
