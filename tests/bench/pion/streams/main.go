// Program streams is a server of the streams on pion/srtp: streams/plan.h says what it knows
// without being told.
//
//	streams NAME PORT      prints its own port; forwards the publisher's packets to the watchers,
//	                       all at one port
package main

import (
	"fmt"
	"log"
	"net"
	"net/netip"
	"os"
	"strconv"

	"github.com/pion/srtp/v3"
)

const (
	watchers  = 500
	key       = 28
	masterLen = 16
	first     = 0x7f010001
	buffer    = 4 << 20
	packet    = 2048
)

type watcher struct {
	address netip.AddrPort
	session *srtp.Context
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func session(which int) *srtp.Context {
	var bytes [key]byte
	for i := range bytes {
		bytes[i] = byte(7*i + 1)
	}
	bytes[0], bytes[1] = byte(which>>8), byte(which)
	return must(srtp.CreateContext(bytes[:masterLen], bytes[masterLen:],
		srtp.ProtectionProfileAeadAes128Gcm))
}

func addressOf(which int, port uint16) netip.AddrPort {
	at := uint32(first + which)
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(at >> 24), byte(at >> 16),
		byte(at >> 8), byte(at)}), port)
}

// forward sends one packet to each watcher, in buffers that are used again.
func forward(conn *net.UDPConn, to []watcher, plain, sealed []byte) {
	plain[8] = 1 // the watchers' SSRC
	for i := range to {
		out := must(to[i].session.EncryptRTP(sealed, plain, nil))
		if _, err := conn.WriteToUDPAddrPort(out, to[i].address); err != nil {
			log.Fatal(err)
		}
	}
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: streams NAME PORT")
	}
	port := uint16(must(strconv.ParseUint(os.Args[2], 10, 16)))
	conn := must(net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	if err := conn.SetReadBuffer(buffer); err != nil {
		log.Fatal(err)
	}
	to := make([]watcher, watchers)
	for i := range to {
		to[i] = watcher{addressOf(i, port), session(i)}
	}
	publisher := session(watchers)
	read, plain, sealed := make([]byte, packet), make([]byte, 0, packet), make([]byte, 0, packet)
	fmt.Println(conn.LocalAddr().(*net.UDPAddr).Port)
	for {
		num := must(conn.Read(read))
		forward(conn, to, must(publisher.DecryptRTP(plain, read[:num], nil)), sealed)
	}
}
