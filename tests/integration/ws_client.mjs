// One case with the ws client: node ws_client.mjs URL CASE. Exits 0 when all
// was as it should be; else says on standard error what was not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import WebSocket from 'ws';

const [url, name] = process.argv.slice(2);

async function open(path = '/large', protocols = [], options = {}) {
    const socket = new WebSocket(url + path, protocols, options);
    await once(socket, 'open');
    return socket;
}

// The next message, as [Buffer, is binary].
function message(socket) {
    return once(socket, 'message');
}

async function close(socket, code = 1000, reason = '') {
    socket.close(code, reason);
    const [gotCode, gotReason] = await once(socket, 'close');
    assert.equal(gotCode, code);
    assert.equal(gotReason.toString(), reason);
}

function bytes(size) {
    const data = Buffer.alloc(size);
    for (let i = 0; i < size; i++)
        data[i] = (i * 7 + (i >> 8)) & 0xff;
    return data;
}

async function sizes() {
    const socket = await open();
    for (const size of [0, 1, 125, 126, 65535, 65536, 1 << 20, 16 << 20]) {
        const text = 'é'.repeat(size / 2) + 'x'.repeat(size % 2);
        socket.send(text);
        let [data, isBinary] = await message(socket);
        assert.equal(isBinary, false);
        assert.ok(data.equals(Buffer.from(text)), `text of ${size} bytes`);
        const binary = bytes(size);
        socket.send(binary);
        [data, isBinary] = await message(socket);
        assert.equal(isBinary, true);
        assert.ok(data.equals(binary), `${size} bytes`);
    }
    await close(socket);
}

async function fragments() {
    const socket = await open();
    socket.send('one', { fin: false });
    socket.send('', { fin: false });
    socket.ping('between');
    socket.send('two', { fin: true });
    const [[payload], [data, isBinary]] = await Promise.all(
        [once(socket, 'pong'), message(socket)]);
    assert.equal(payload.toString(), 'between');
    assert.equal(data.toString(), 'onetwo');
    assert.equal(isBinary, false);
    await close(socket);
}

async function order() {
    const socket = await open();
    const count = 100000;
    let next = 0;
    const done = new Promise((resolve, reject) => {
        socket.on('message', (data) => {
            if (data.toString() !== String(next))
                reject(new Error(`${data} instead of ${next}`));
            if (++next === count)
                resolve();
        });
        socket.on('close', () => reject(new Error('closed')));
    });
    for (let i = 0; i < count; i++)
        socket.send(String(i));
    await done;
    socket.removeAllListeners('close');
    await close(socket);
}

async function several() {
    await Promise.all(Array.from({ length: 20 }, async (_, i) => {
        const socket = await open();
        for (let j = 0; j < 50; j++) {
            socket.send(`${i}:${j}`);
            const [data] = await message(socket);
            assert.equal(data.toString(), `${i}:${j}`);
        }
        await close(socket, 4000 + i, `number ${i}`);
    }));
}

async function subprotocol() {
    const socket = await open('/chat', ['other', 'chat']);
    assert.equal(socket.protocol, 'chat');
    await close(socket);
}

// An offer of compression is declined, not an error.
async function declined() {
    const socket = await open('/off', [], { perMessageDeflate: true });
    assert.equal(socket.extensions, '');
    socket.send('a'.repeat(5000));
    const [data] = await message(socket);
    assert.equal(data.length, 5000);
    await close(socket);
}

// 100 messages that begin with the same 2000 digits.
async function compress(path) {
    const socket = await open(path, [], { perMessageDeflate: true });
    assert.equal(socket.extensions, 'permessage-deflate');
    let common = '';
    for (let i = 0, x = 1; i < 2000; i++) {
        x = (x * 48271) % 2147483647;
        common += (x >> 8 & 15).toString(16);
    }
    for (let i = 0; i < 100; i++) {
        socket.send(common + i);
        const [data] = await message(socket);
        assert.equal(data.toString(), common + i);
    }
    await close(socket);
}

async function alone() {
    await compress('/alone');
}

async function together() {
    await compress('/together');
}

async function refused() {
    const socket = new WebSocket(url + '/nowhere');
    const [error] = await once(socket, 'error');
    assert.match(error.message, /404/);
}

async function too_big() {
    const socket = await open('/small');
    socket.send('x'.repeat(1001));
    const [code] = await once(socket, 'close');
    assert.equal(code, 1009);
}

const cases = {
    sizes, fragments, order, several, subprotocol, declined, alone, together,
    refused, too_big,
};
await cases[name]();
