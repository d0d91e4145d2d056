// Package pion lets skiff speak with pion/dtls over UDP on the loopback.
package pion

import (
	"bufio"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
)

const patience = 10 * time.Second

// setup is what the two shall be; what is not set is the default of either library.
type setup struct {
	skiffCalls bool   // skiff is the client
	ours       string // the kind of skiff's certificate, P-256 when empty
	theirs     string
	stranger   bool // skiff expects another fingerprint
	noCookie   bool // pion's server asks for none
	ids        int  // how long skiff's connection ids are; 0: no extension, -1: it wants none
	options    []dtls.Option
}

// talk is both ends of a setup.
type talk struct {
	t     *testing.T
	wire  *tapped
	pion  *dtls.Conn
	skiff *exec.Cmd
	says  *bufio.Reader // what skiff prints
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func certificate(kind string) tls.Certificate {
	var key crypto.Signer
	switch kind {
	case "", "P-256":
		key = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	case "P-384":
		key = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	case "RSA-2048":
		key = must(rsa.GenerateKey(rand.Reader, 2048))
	}
	return must(selfsign.SelfSign(key))
}

// fingerprint is as in SDP (RFC 8122 section 5).
func fingerprint(der []byte, stranger bool) string {
	digest := sha256.Sum256(der)
	if stranger {
		digest[0] ^= 1
	}
	text := "sha-256"
	for i, b := range digest {
		text += fmt.Sprintf("%c%02X", " :"[min(i, 1)], b)
	}
	return text
}

// startSkiff runs the program that SKIFF_END names, and returns its port.
func (k *talk) startSkiff(s setup, port int, expected string) int {
	role, kind := "server", s.ours
	if s.skiffCalls {
		role = "client"
	}
	if kind == "" {
		kind = "P-256"
	}
	arguments := []string{role, fmt.Sprint(port), kind, expected}
	if s.ids != 0 {
		arguments = append(arguments, "0", fmt.Sprint(max(s.ids, 0)))
	}
	k.skiff = exec.Command(os.Getenv("SKIFF_END"), arguments...)
	k.skiff.Stderr = os.Stderr
	k.says = bufio.NewReader(must(k.skiff.StdoutPipe()))
	if err := k.skiff.Start(); err != nil {
		k.t.Fatal(err)
	}
	var its int
	if _, err := fmt.Fscanf(k.says, "port %d\n", &its); err != nil {
		k.t.Fatal("skiff did not start: ", err)
	}
	return its
}

// tapped counts the datagrams that begin with a record that has a connection id.
type tapped struct {
	net.PacketConn
	toPion, toSkiff atomic.Int32
}

const tls12CID = 25

func count(n *atomic.Int32, datagram []byte) {
	if len(datagram) > 0 && datagram[0] == tls12CID {
		n.Add(1)
	}
}

func (w *tapped) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := w.PacketConn.ReadFrom(b)
	count(&w.toPion, b[:max(n, 0)])
	return n, from, err
}

func (w *tapped) WriteTo(b []byte, to net.Addr) (int, error) {
	count(&w.toSkiff, b)
	return w.PacketConn.WriteTo(b, to)
}

func openPion(s setup, socket net.PacketConn, peer net.Addr, cert tls.Certificate) *dtls.Conn {
	shared := append([]dtls.Option{
		dtls.WithCertificates(cert),
		dtls.WithInsecureSkipVerify(true),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM),
	}, s.options...)
	if s.skiffCalls {
		options := []dtls.ServerOption{
			dtls.WithClientAuth(dtls.RequireAnyClientCert),
			dtls.WithInsecureSkipVerifyHello(s.noCookie),
		}
		for _, o := range shared {
			options = append(options, o)
		}
		return must(dtls.ServerWithOptions(socket, peer, options...))
	}
	var options []dtls.ClientOption
	for _, o := range shared {
		options = append(options, o)
	}
	return must(dtls.ClientWithOptions(socket, peer, options...))
}

// open starts both ends; what the handshake came to is the error.
func open(t *testing.T, s setup) (*talk, error) {
	socket := must(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	cert := certificate(s.theirs)
	k := &talk{t: t, wire: &tapped{PacketConn: socket}}
	port := k.startSkiff(s, socket.LocalAddr().(*net.UDPAddr).Port,
		fingerprint(cert.Certificate[0], s.stranger))
	k.pion = openPion(s, k.wire, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}, cert)
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	t.Cleanup(func() {
		k.pion.Close()
		socket.Close()
		k.skiff.Process.Kill()
		k.skiff.Wait()
	})
	return k, k.pion.HandshakeContext(limit)
}

// agreed is what skiff says of the handshake: suite, group, profile, SRTP keys.
func (k *talk) agreed() (suite, group, profile uint16, export string) {
	if _, err := fmt.Fscan(k.says, &suite, &group, &profile, &export); err != nil {
		k.t.Fatal("skiff did not connect: ", err)
	}
	k.t.Log(strings.Join([]string{fmt.Sprintf("suite %04x", suite),
		fmt.Sprint("group ", group), fmt.Sprint("srtp ", profile)}, ", "))
	return
}
