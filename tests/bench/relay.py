"""A link with a delay: passes the bytes of unix sockets on, each so long after it came, in both directions.

    relay.py LISTEN TARGET MILLISECONDS [RECORD]

To RECORD goes what the last client sent. It stands in for `tc netem`, which few kernels of build machines have.
"""

import asyncio
import os
import sys


async def pass_on(reader, writer, delay, record):
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue()

    async def deliver():
        while True:
            due, data = await queue.get()
            wait = due - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    task = asyncio.ensure_future(deliver())
    try:
        while data := await reader.read(1 << 20):
            if record is not None:
                record.write(data)
                record.flush()
            queue.put_nowait((loop.time() + delay, data))
    except ConnectionError:
        pass
    queue.put_nowait((loop.time() + delay, b""))
    try:
        await task
    except ConnectionError:
        pass


async def main(listen, target, milliseconds, record=None):
    delay = float(milliseconds) / 1000

    async def client(reader, writer):
        to_reader, to_writer = await asyncio.open_unix_connection(target)
        file = open(record, "wb") if record else None
        await asyncio.gather(
            pass_on(reader, to_writer, delay, file), pass_on(to_reader, writer, delay, None)
        )

    if os.path.exists(listen):
        os.unlink(listen)
    server = await asyncio.start_unix_server(client, listen)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
