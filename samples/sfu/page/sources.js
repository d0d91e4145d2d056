// sources.js - what is published: camera and microphone, the screen, or a generated picture with
// a clock and a tone. Knows no connection.
import { INSECURE } from './faults.js';

const TONE_HZ = 440, BEAT_HZ = 880, VOLUME = 0.1, BEAT_SECONDS = 0.08;
const still = matchMedia('(prefers-reduced-motion: reduce)');

function devices() {
    if (!navigator.mediaDevices)
        throw new Error(INSECURE);
    return navigator.mediaDevices;
}

function clockOf(date) {
    return `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function drawHand(draw, width, height, turn) {
    const radius = height * 0.3, x = width - radius * 1.3, y = height / 2;
    draw.lineWidth = height / 60;
    draw.strokeStyle = '#9fb8c4';
    draw.beginPath();
    draw.arc(x, y, radius, 0, 2 * Math.PI);
    draw.stroke();
    draw.strokeStyle = '#ffb454';
    draw.beginPath();
    draw.moveTo(x, y);
    draw.lineTo(x + radius * Math.sin(turn), y - radius * Math.cos(turn));
    draw.stroke();
}

// A clock that shows milliseconds: a camera in front of both screens reads the delay off it.
function drawPicture(canvas, name, frames) {
    const { width, height } = canvas, draw = canvas.getContext('2d'), now = new Date();
    const turn = (now % 1000) / 1000 * 2 * Math.PI;
    const sea = draw.createLinearGradient(0, 0, width, height);
    sea.addColorStop(0, '#0b3a4a');
    sea.addColorStop(1, '#125e6e');
    draw.fillStyle = sea;
    draw.fillRect(0, 0, width, height);
    drawHand(draw, width, height, still.matches ? 0 : turn);
    draw.fillStyle = '#f2f7f9';
    draw.font = `600 ${height / 8}px ui-monospace, monospace`;
    draw.fillText(clockOf(now), height / 16, height * 0.56);
    draw.font = `${height / 14}px system-ui, sans-serif`;
    draw.fillText(name, height / 16, height * 0.2);
    draw.fillStyle = '#b9d0da';
    draw.fillText(`frame ${frames}`, height / 16, height * 0.8);
}

// A quiet tone with a beat at each second. Browsers play none before somebody has acted on the
// page, so the tone begins with the next click if this one does not count.
function tone() {
    const audio = new AudioContext();
    const carrier = new OscillatorNode(audio, { frequency: TONE_HZ });
    const level = new GainNode(audio, { gain: VOLUME });
    const out = audio.createMediaStreamDestination();
    const beat = setInterval(() => {
        carrier.frequency.setValueAtTime(BEAT_HZ, audio.currentTime);
        carrier.frequency.setValueAtTime(TONE_HZ, audio.currentTime + BEAT_SECONDS);
    }, 1000);
    carrier.connect(level).connect(out);
    carrier.start();
    addEventListener('pointerdown', () => audio.resume(), { once: true });
    return {
        track: out.stream.getAudioTracks()[0],
        end() {
            clearInterval(beat);
            audio.close();
        },
    };
}

function generated({ name, width, height, rate }) {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    let frames = 0;
    drawPicture(canvas, name, frames);
    const timer = setInterval(() => drawPicture(canvas, name, ++frames), 1000 / rate);
    const stream = canvas.captureStream(); // a frame each time it is drawn
    const sound = tone();
    stream.addTrack(sound.track);
    stream.getVideoTracks()[0].contentHint = 'motion';
    return {
        stream,
        end() {
            clearInterval(timer);
            sound.end();
        },
    };
}

function captured(stream) {
    return { stream, end: () => stream.getTracks().forEach(track => track.stop()) };
}

// source is 'camera', 'screen' or 'generated'. The result has a MediaStream and a way to end it.
export async function openSource(source, { name, width, height, rate }) {
    const ideal = value => ({ ideal: value });
    const video = { width: ideal(width), height: ideal(height), frameRate: ideal(rate) };
    switch (source) {
    case 'camera':
        return captured(await devices().getUserMedia({ audio: true, video }));
    case 'screen':
        return captured(await devices().getDisplayMedia({ audio: true, video: true }));
    default:
        return generated({ name, width, height, rate });
    }
}
