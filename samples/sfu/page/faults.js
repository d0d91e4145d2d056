// faults.js - what can fail, each as a sentence that says what to do. Knows no session.

const ADDRESS = `${location.hostname}${location.port ? `:${location.port}` : ''}`;

export const INSECURE = 'This page was loaded without HTTPS, so the browser gives it no camera, ' +
    'no microphone and no screen. Open it as https:// or on localhost, or publish the ' +
    'generated picture.';

export const NO_UDP = 'The server has answered, but no packet of it arrives. UDP seems to be ' +
    'blocked between here and there: try another network, open the server\'s UDP port in the ' +
    'firewall, or start the server with --public and the address that you reach it by.';

const MEDIA = {
    NotFoundError: 'No camera or microphone was found. Connect one, or publish the generated ' +
        'picture.',
    NotAllowedError: 'The browser was not allowed to capture. Allow it by the icon beside the ' +
        'address and try again, or publish the generated picture.',
    NotReadableError: 'The camera or the microphone is in use by another program. Close that ' +
        'program and try again, or publish the generated picture.',
    OverconstrainedError: 'The camera has no picture of this size. Choose another camera, or ' +
        'publish the generated picture.',
};

const STATUS = {
    401: 'Enter the token that the server was started with (--publish-token), and try again.',
    403: 'Enter the token that the server was started with (--publish-token), and try again.',
    409: 'Choose another name, or end the other publisher first.',
    422: 'Open the page in a browser that knows the codec of this stream.',
    429: 'Wait for a minute and try again.',
    503: 'Close a session that is no longer needed, or start the server with more of them.',
};

export function sentenceOf(error) {
    if (error.name === 'Problem')
        return [error.message, STATUS[error.status]].filter(Boolean).join(' ');
    if (error.name === 'TimeoutError' || error.name === 'TypeError')
        return `The server at ${ADDRESS} does not respond. See whether it still runs, and ` +
            'whether this device is online.';
    return MEDIA[error.name] ?? `${error.message || error.name}. Try again, or load the page anew.`;
}
