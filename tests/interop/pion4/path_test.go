// Package pion4 lets skiff and pion/dtls 4 ask each other about paths (RFC 9853).
package pion4

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/dtls/v4"
	"github.com/pion/dtls/v4/pkg/crypto/selfsign"
	"github.com/pion/dtls/v4/pkg/protocol"
)

const patience = 10 * time.Second

// What skiff's program takes for its check.
const (
	basic = iota + 1
	enhanced
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func loopback(port int) *net.UDPAddr {
	return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
}

func portOf(socket net.PacketConn) int {
	return socket.LocalAddr().(*net.UDPAddr).Port
}

// skiff is the program that SKIFF_END names.
type skiff struct {
	t    *testing.T
	port int
	says *bufio.Reader
}

func startSkiff(t *testing.T, role string, port int, fingerprint string, check int) *skiff {
	t.Helper()
	command := exec.Command(os.Getenv("SKIFF_END"), role, fmt.Sprint(port), "P-256",
		fingerprint, "0", "8", "1", fmt.Sprint(check))
	command.Stderr = os.Stderr
	s := &skiff{t: t, says: bufio.NewReader(must(command.StdoutPipe()))}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	if _, err := fmt.Fscanf(s.says, "port %d\n", &s.port); err != nil {
		t.Fatal("skiff did not start: ", err)
	}
	return s
}

func (s *skiff) connects() {
	s.t.Helper()
	var suite, group, profile, resumed int
	var export string
	if _, err := fmt.Fscan(s.says, &suite, &group, &profile, &export, &resumed); err != nil {
		s.t.Fatal("skiff did not connect: ", err)
	}
}

// isTold waits for MOVED, and wants it to be proven.
func (s *skiff) isTold(path int) {
	s.t.Helper()
	var word string
	var its, proven int
	if _, err := fmt.Fscan(s.says, &word, &its, &proven); err != nil || word != "moved" {
		s.t.Fatal("skiff was not told of a move: ", word, err)
	}
	if its != path || proven != 1 {
		s.t.Errorf("skiff was told of path %d, proven %d, instead of %d", its, proven, path)
	}
}

// nat stands between an end and the other, whom it shows one of two addresses.
type nat struct {
	inner   *net.UDPConn
	outer   [2]*net.UDPConn
	there   atomic.Pointer[net.UDPAddr] // the end behind it
	beyond  *net.UDPAddr
	current atomic.Int32
	oldDies atomic.Bool // nothing comes back through the first any more
}

func listen(t *testing.T) *net.UDPConn {
	socket := must(net.ListenUDP("udp4", loopback(0)))
	t.Cleanup(func() { socket.Close() })
	return socket
}

func startNAT(t *testing.T, beyond *net.UDPAddr) *nat {
	n := &nat{inner: listen(t), outer: [2]*net.UDPConn{listen(t), listen(t)}, beyond: beyond}
	go n.carryOut()
	for i := range n.outer {
		go n.carryIn(i)
	}
	return n
}

func (n *nat) carryOut() {
	bytes := make([]byte, 2048)
	for {
		size, from, err := n.inner.ReadFromUDP(bytes)
		if err != nil {
			return
		}
		n.there.Store(from)
		n.outer[n.current.Load()].WriteTo(bytes[:size], n.beyond)
	}
}

func (n *nat) carryIn(i int) {
	bytes := make([]byte, 2048)
	for {
		size, _, err := n.outer[i].ReadFromUDP(bytes)
		if err != nil {
			return
		}
		if n.there.Load() != nil && (i == int(n.current.Load()) || !n.oldDies.Load()) {
			n.inner.WriteTo(bytes[:size], n.there.Load())
		}
	}
}

type setup struct {
	version protocol.Version
	check   int
}

func each(t *testing.T, test func(t *testing.T, s setup)) {
	for name, version := range map[string]protocol.Version{
		"1.2": protocol.Version1_2, "1.3": protocol.Version1_3} {
		for kind, check := range map[string]int{"basic": basic, "enhanced": enhanced} {
			t.Run(name+" "+kind, func(t *testing.T) { test(t, setup{version, check}) })
		}
	}
}

func shared(s setup, certificate dtls.Option) []dtls.Option {
	return []dtls.Option{
		certificate,
		dtls.WithInsecureSkipVerify(true),
		dtls.WithMinVersion(s.version), dtls.WithMaxVersion(s.version),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM),
		dtls.WithConnectionID(dtls.RandomCIDGenerator(6), dtls.CIDPathMigrationRRC),
	}
}

func identity() (dtls.Option, string) {
	certificate := must(selfsign.GenerateSelfSigned())
	text := "sha-256"
	for i, b := range sha256.Sum256(certificate.Certificate[0]) {
		text += fmt.Sprintf("%c%02X", " :"[min(i, 1)], b)
	}
	return dtls.WithCertificates(certificate), text
}

func shake(t *testing.T, pion *dtls.Conn) {
	t.Helper()
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	t.Cleanup(func() { pion.Close() })
	if err := pion.HandshakeContext(limit); err != nil {
		t.Fatal(err)
	}
	pion.SetDeadline(time.Now().Add(patience))
}

func startClient(t *testing.T, s setup, certificate dtls.Option, socket net.PacketConn,
	server net.Addr) *dtls.Conn {
	var options []dtls.ClientOption
	for _, o := range shared(s, certificate) {
		options = append(options, o)
	}
	pion := must(dtls.Client(socket, server, options...))
	shake(t, pion)
	return pion
}

func startServer(t *testing.T, s setup, certificate dtls.Option, socket net.PacketConn,
	client net.Addr) *dtls.Conn {
	options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
	for _, o := range shared(s, certificate) {
		options = append(options, o)
	}
	pion := must(dtls.Server(socket, client, options...))
	shake(t, pion)
	return pion
}

func echoes(t *testing.T, pion *dtls.Conn, text string) {
	t.Helper()
	must(pion.Write([]byte(text)))
	bytes := make([]byte, 100)
	if n := must(pion.Read(bytes)); string(bytes[:n]) != text {
		t.Errorf("pion read %q", bytes[:n])
	}
}

func TestSkiffFollowsAPionWhoseNATRebinds(t *testing.T) {
	each(t, func(t *testing.T, s setup) {
		certificate, fingerprint := identity()
		ours := startSkiff(t, "open-server", 0, fingerprint, s.check)
		n := startNAT(t, loopback(ours.port))
		pion := startClient(t, s, certificate, listen(t), n.inner.LocalAddr())
		ours.connects()
		echoes(t, pion, "ahoy")
		n.oldDies.Store(true)
		n.current.Store(1)
		must(pion.Write([]byte("from elsewhere")))
		ours.isTold(2)
		echoes(t, pion, "ahoy again")
	})
}

func TestPionFollowsASkiffWhoseNATRebinds(t *testing.T) {
	each(t, func(t *testing.T, s setup) {
		certificate, fingerprint := identity()
		socket := listen(t)
		n := startNAT(t, loopback(portOf(socket)))
		ours := startSkiff(t, "client", portOf(n.inner), fingerprint, s.check)
		pion := startServer(t, s, certificate, socket, n.outer[0].LocalAddr())
		ours.connects()
		echoes(t, pion, "ahoy")
		n.current.Store(1)
		for portOf(n.outer[1]) != pion.RemoteAddr().(*net.UDPAddr).Port {
			echoes(t, pion, "the answer comes from elsewhere")
		}
		n.oldDies.Store(true)
		echoes(t, pion, "ahoy again")
	})
}

// In 1.3 pion probes another path of its own before it goes over, and leaves the old one, where
// it answers skiff's enhanced check with path_drop.
func TestSkiffFollowsAPionThatGoesOverToAnotherPath(t *testing.T) {
	for kind, check := range map[string]int{"basic": basic, "enhanced": enhanced} {
		t.Run(kind, func(t *testing.T) {
			certificate, fingerprint := identity()
			ours := startSkiff(t, "open-server", 0, fingerprint, check)
			pion := startClient(t, setup{protocol.Version1_3, check}, certificate, listen(t),
				loopback(ours.port))
			ours.connects()
			echoes(t, pion, "ahoy")
			path := must(pion.AddPath(listen(t)))
			limit, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := path.Probe(limit); err != nil {
				t.Fatal(err)
			}
			echoes(t, pion, "still from the old path")
			if err := path.Switch(); err != nil {
				t.Fatal(err)
			}
			must(pion.Write([]byte("from the new path")))
			ours.isTold(2)
			bytes := make([]byte, 100)
			for text := ""; text != "ahoy again"; {
				must(pion.Write([]byte("ahoy again")))
				text = string(bytes[:must(pion.Read(bytes))])
			}
		})
	}
}
