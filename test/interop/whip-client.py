"""A WHIP client of another make (aiortc): sends a file as an encoder in a studio would, until its standard input ends.

whip-client.py <endpoint> <bearer token> <audio file>
Prints what the server answered and how the connection stands, one line each.
"""
import asyncio
import sys
import urllib.error
import urllib.request
from urllib.parse import urljoin

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer


def request(method, url, token, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers, method=method), timeout=10)
    except urllib.error.HTTPError as error:
        return error


async def main():
    endpoint, token, file = sys.argv[1:4]
    # Without a STUN server: only addresses of this machine.
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver(MediaPlayer(file, loop=True).audio, direction="sendonly")
    connection.on("connectionstatechange", lambda: print("state", connection.connectionState, flush=True))
    await connection.setLocalDescription(await connection.createOffer())
    while True:
        response = await asyncio.to_thread(request, "POST", endpoint, token, connection.localDescription.sdp.encode())
        if response.status != 503:
            break
        await asyncio.sleep(float(response.headers["Retry-After"]))
    print("status", response.status, response.headers["Content-Type"], flush=True)
    answer = response.read().decode()
    if response.status != 201:
        print("body", answer, flush=True)
        return
    session = urljoin(endpoint, response.headers["Location"])
    await connection.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    await asyncio.to_thread(sys.stdin.read)
    print("ended", (await asyncio.to_thread(request, "DELETE", session, token)).status, flush=True)
    await connection.close()


asyncio.run(main())
