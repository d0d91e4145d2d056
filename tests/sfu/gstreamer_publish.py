#!/usr/bin/python3
"""gstreamer_publish.py URL - publishes a test picture and a tone by GStreamer's webrtcbin to a
WHIP endpoint (RFC 9725), until it is ended by SIGTERM. The session is then deleted.
"""
import signal
import sys
import urllib.parse
import urllib.request

import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PIPELINE = """webrtcbin name=rtc bundle-policy=max-bundle
 videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=180,framerate=20/1
 ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=100000 target-bitrate=300000 ! rtpvp8pay
 ! application/x-rtp,media=video,encoding-name=VP8,payload=96 ! rtc.
 audiotestsrc is-live=true wave=sine freq=440 ! audioconvert ! audioresample ! opusenc
 ! rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! rtc."""


def request(method, url, body=None):
    headers = {"Content-Type": "application/sdp"} if body else {}
    data = body.encode("ascii") if body else None
    return urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method))


class Publisher:
    def __init__(self, url):
        self.url, self.session, self.loop = url, None, GLib.MainLoop()
        self.pipeline = Gst.parse_launch(PIPELINE)
        self.rtc = self.pipeline.get_by_name("rtc")
        for transceiver in self.transceivers():
            transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        self.rtc.connect("on-negotiation-needed", self.offer)
        self.rtc.connect("notify::connection-state", self.changed)

    def transceivers(self):
        found = []
        while True:
            transceiver = self.rtc.emit("get-transceiver", len(found))
            if transceiver is None:
                return found
            found.append(transceiver)

    def offer(self, rtc):
        rtc.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered))

    def offered(self, promise):
        reply = promise.get_reply()  # the offer lives as long as this does
        offer = reply.get_value("offer")
        self.rtc.emit("set-local-description", offer, Gst.Promise.new())
        with request("POST", self.url, offer.sdp.as_text()) as response:
            self.session = urllib.parse.urljoin(self.url, response.headers["Location"])
            sdp = response.read().decode("ascii")
        _, message = GstSdp.SDPMessage.new_from_text(sdp)
        answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.rtc.emit("set-remote-description", answer, Gst.Promise.new())

    def changed(self, rtc, _):
        print(rtc.get_property("connection-state").value_nick, flush=True)

    def run(self):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, self.loop.quit)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        if self.session:
            request("DELETE", self.session)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    Gst.init(None)
    Publisher(sys.argv[1]).run()
