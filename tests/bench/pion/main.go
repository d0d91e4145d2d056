// Program pion is a guest of the benchmarks: handshakes of pion/dtls with itself, in memory.
//
//	pion shake 1.2 x25519|p256     answers each number on its input: microseconds of CPU for
//	                               that many handshakes, with what the collector did meanwhile
//	pion shake floor x25519|p256   the same for their public-key operations alone
//	pion count 1.2                 datagrams and mallocs of a handshake
//	pion hold  1.2 FEW MANY        heap and stacks of a side, as the slope between them
package main

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	stdelliptic "crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/elliptic"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	dtlsnet "github.com/pion/dtls/v3/pkg/net"
)

const (
	certificates   = 64
	mtu            = 1200
	keyingMaterial = 60
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// fleet is what all pairs share.
type fleet struct {
	client, server [certificates]tls.Certificate
	groups         []elliptic.Curve
}

// wire is one end of a pipe in memory; it counts what is sent into it.
type wire struct {
	net.Conn
	sent *atomic.Uint64
}

// pair is a client and a server of one association.
type pair struct {
	client, server *dtls.Conn
	sent           atomic.Uint64
}

func newFleet(group string) *fleet {
	f := &fleet{groups: []elliptic.Curve{elliptic.X25519, elliptic.P256}}
	if group == "p256" {
		f.groups = f.groups[1:]
	}
	for i := range certificates {
		f.client[i] = must(selfsign.GenerateSelfSigned())
		f.server[i] = must(selfsign.GenerateSelfSigned())
	}
	return f
}

func (w wire) Write(datagram []byte) (int, error) {
	w.sent.Add(1)
	return w.Conn.Write(datagram)
}

// The same is asked of pion as of the others: peer.h says what.
func (f *fleet) options(certificate tls.Certificate) []dtls.Option {
	return []dtls.Option{
		dtls.WithCertificates(certificate),
		dtls.WithInsecureSkipVerify(true),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithCipherSuites(dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
		dtls.WithEllipticCurves(f.groups...),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithMTU(mtu),
	}
}

func (f *fleet) newClient(at net.Conn, sent *atomic.Uint64, turn int) *dtls.Conn {
	var options []dtls.ClientOption
	for _, o := range f.options(f.client[turn%certificates]) {
		options = append(options, o)
	}
	socket := dtlsnet.PacketConnFromConn(wire{at, sent})
	return must(dtls.ClientWithOptions(socket, at.RemoteAddr(), options...))
}

func (f *fleet) newServer(at net.Conn, sent *atomic.Uint64, turn int) *dtls.Conn {
	options := []dtls.ServerOption{
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithInsecureSkipVerifyHello(true),
	}
	for _, o := range f.options(f.server[turn%certificates]) {
		options = append(options, o)
	}
	socket := dtlsnet.PacketConnFromConn(wire{at, sent})
	return must(dtls.ServerWithOptions(socket, at.RemoteAddr(), options...))
}

func export(conn *dtls.Conn) []byte {
	state, ok := conn.ConnectionState()
	if _, chosen := conn.SelectedSRTPProtectionProfile(); !ok || !chosen {
		log.Fatal("no profile for SRTP was agreed on")
	}
	return must(state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, keyingMaterial))
}

// open makes a pair, until both ends have exported the same keys.
func (f *fleet) open(turn int) *pair {
	p := &pair{}
	ours, theirs := net.Pipe()
	p.client = f.newClient(ours, &p.sent, turn)
	p.server = f.newServer(theirs, &p.sent, turn)
	served := make(chan error)
	go func() { served <- p.server.HandshakeContext(context.Background()) }()
	if err := p.client.HandshakeContext(context.Background()); err != nil {
		log.Fatal("client: ", err)
	}
	if err := <-served; err != nil {
		log.Fatal("server: ", err)
	}
	if !bytes.Equal(export(p.client), export(p.server)) {
		log.Fatal("the ends exported different keys")
	}
	return p
}

// close lets the goroutines of both ends go. What close_notify meets does not matter.
func (p *pair) close() {
	p.client.Close()
	p.server.Close()
}

// floor is what the public keys of a handshake take by Go's own: keys are loaded before.
type floor struct {
	signer       *ecdsa.PrivateKey
	signature    []byte
	group        ecdh.Curve
	ours, theirs *ecdh.PrivateKey
}

var signed = make([]byte, 32)

func newFloor(group string) *floor {
	l := &floor{group: ecdh.X25519()}
	if group == "p256" {
		l.group = ecdh.P256()
	}
	l.signer = must(ecdsa.GenerateKey(stdelliptic.P256(), rand.Reader))
	l.signature = must(ecdsa.SignASN1(rand.Reader, l.signer, signed))
	l.ours = must(l.group.GenerateKey(rand.Reader))
	l.theirs = must(l.group.GenerateKey(rand.Reader))
	return l
}

// run does two of each: both sides sign, verify, make a share and derive a secret.
func (l *floor) run() {
	for range 2 {
		must(ecdsa.SignASN1(rand.Reader, l.signer, signed))
		if !ecdsa.VerifyASN1(&l.signer.PublicKey, signed, l.signature) {
			log.Fatal("a good signature is not taken")
		}
		must(l.group.GenerateKey(rand.Reader)).PublicKey()
		must(l.ours.ECDH(l.theirs.PublicKey()))
	}
}

func cpuMicros() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e3
}

func shake(handshake func(turn int)) {
	for num := 0; ; {
		if _, err := fmt.Scan(&num); err != nil {
			return
		}
		begun := cpuMicros()
		for turn := range num {
			handshake(turn)
		}
		fmt.Printf("%.1f\n", cpuMicros()-begun)
	}
}

func count(f *fleet) {
	var before, after runtime.MemStats
	var sent uint64
	f.open(0).close()
	runtime.ReadMemStats(&before)
	for turn := range certificates {
		p := f.open(turn)
		sent += p.sent.Load()
		p.close()
	}
	runtime.ReadMemStats(&after)
	fmt.Printf("pion12_datagrams %.1f\n", float64(sent)/certificates)
	fmt.Printf("pion12_mallocs %.1f\n", float64(after.Mallocs-before.Mallocs)/certificates)
}

// live is what is left when garbage is gone. A collection shrinks a stack by half, so that
// some of them are needed.
func live() (heap, stacks float64) {
	var stats runtime.MemStats
	for range 6 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc), float64(stats.StackInuse)
}

func hold(f *fleet, few, many int) {
	pairs := make([]*pair, 0, many)
	for len(pairs) < few {
		pairs = append(pairs, f.open(len(pairs)))
	}
	heapOfFew, stacksOfFew := live()
	for len(pairs) < many {
		pairs = append(pairs, f.open(len(pairs)))
	}
	heap, stacks := live()
	sides := float64(2 * (many - few))
	fmt.Printf("pion_heap_bytes %.0f\n", (heap-heapOfFew)/sides)
	fmt.Printf("pion_stack_bytes %.0f\n", (stacks-stacksOfFew)/sides)
	runtime.KeepAlive(pairs)
}

func main() {
	runtime.GOMAXPROCS(1)
	switch does := append(os.Args, "", "")[1:]; {
	case len(os.Args) == 4 && does[0] == "shake" && does[1] == "floor":
		l := newFloor(does[2])
		shake(func(int) { l.run() })
	case len(os.Args) == 4 && does[0] == "shake":
		f := newFleet(does[2])
		shake(func(turn int) { f.open(turn).close() })
	case len(os.Args) == 3 && does[0] == "count":
		count(newFleet("x25519"))
	case len(os.Args) == 5 && does[0] == "hold":
		hold(newFleet("x25519"), must(strconv.Atoi(does[2])), must(strconv.Atoi(does[3])))
	default:
		log.Fatal("usage: pion shake 1.2|floor x25519|p256 | count 1.2 | hold 1.2 FEW MANY")
	}
}
