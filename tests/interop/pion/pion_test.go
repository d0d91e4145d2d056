package pion

import (
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/elliptic"
)

// checkAgreement runs a setup in both roles and compares what the two ends think of it.
func checkAgreement(t *testing.T, s setup) {
	t.Helper()
	for _, s.skiffCalls = range []bool{false, true} {
		k, err := open(t, s)
		if err != nil {
			t.Fatal(err)
		}
		suite, _, profile, export := k.agreed()
		state, _ := k.pion.ConnectionState()
		theirs, err := state.ExportKeyingMaterial("EXTRACTOR-dtls_srtp", nil, len(export)/2)
		if err != nil || export != hex.EncodeToString(theirs) {
			t.Errorf("skiff exports %s, pion %x (%v)", export, theirs, err)
		}
		if suite != uint16(state.CipherSuiteID) {
			t.Errorf("skiff has suite %04x, pion %04x", suite, state.CipherSuiteID)
		}
		if chosen, _ := k.pion.SelectedSRTPProtectionProfile(); profile != uint16(chosen) {
			t.Errorf("skiff has profile %d, pion %d", profile, chosen)
		}
	}
}

func TestEverySuiteForECDSAIsSpoken(t *testing.T) {
	for _, suite := range []dtls.CipherSuiteID{
		dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
		dtls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	} {
		checkAgreement(t, setup{options: []dtls.Option{dtls.WithCipherSuites(suite)}})
	}
}

func TestEverySuiteForRSAIsSpoken(t *testing.T) {
	for _, suite := range []dtls.CipherSuiteID{
		dtls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		dtls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		dtls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	} {
		checkAgreement(t, setup{ours: "RSA-2048", theirs: "RSA-2048",
			options: []dtls.Option{dtls.WithCipherSuites(suite)}})
	}
}

func TestEveryGroupIsAgreedOn(t *testing.T) {
	for _, group := range []elliptic.Curve{elliptic.X25519, elliptic.P256, elliptic.P384} {
		checkAgreement(t, setup{options: []dtls.Option{dtls.WithEllipticCurves(group)}})
	}
}

func TestCertificatesOfAllKindsMeet(t *testing.T) {
	for _, ours := range []string{"P-256", "P-384", "RSA-2048", "RSA chain"} {
		for _, theirs := range []string{"P-256", "P-384", "RSA-2048"} {
			checkAgreement(t, setup{ours: ours, theirs: theirs})
		}
	}
}

func TestEveryProfileIsAgreedOn(t *testing.T) {
	for _, profile := range []dtls.SRTPProtectionProfile{
		dtls.SRTP_AES128_CM_HMAC_SHA1_80,
		dtls.SRTP_AEAD_AES_128_GCM,
		dtls.SRTP_AEAD_AES_256_GCM,
	} {
		checkAgreement(t, setup{options: []dtls.Option{
			dtls.WithSRTPProtectionProfiles(profile)}})
	}
}

func TestTheirSmallDatagramsAreJoined(t *testing.T) {
	checkAgreement(t, setup{theirs: "RSA-2048", options: []dtls.Option{dtls.WithMTU(256)}})
}

func TestAServerMayAskForNoCookie(t *testing.T) {
	checkAgreement(t, setup{noCookie: true})
}

func TestAnotherFingerprintIsABadCertificate(t *testing.T) {
	for _, skiffCalls := range []bool{false, true} {
		_, err := open(t, setup{skiffCalls: skiffCalls, stranger: true})
		if err == nil || !strings.Contains(err.Error(), "BadCertificate") {
			t.Error("pion heard ", err)
		}
	}
}

func TestDataGoesBothWaysUntilSkiffCloses(t *testing.T) {
	for _, skiffCalls := range []bool{false, true} {
		k, err := open(t, setup{skiffCalls: skiffCalls})
		if err != nil {
			t.Fatal(err)
		}
		k.agreed()
		k.pion.SetDeadline(time.Now().Add(patience))
		bytes := make([]byte, 100)
		must(k.pion.Write([]byte("ahoy")))
		if n := must(k.pion.Read(bytes)); string(bytes[:n]) != "ahoy" {
			t.Errorf("pion read %q", bytes[:n])
		}
		must(k.pion.Write([]byte("close")))
		if _, err := k.pion.Read(bytes); !errors.Is(err, io.EOF) {
			t.Error("after close_notify pion reads ", err)
		}
		if err := k.skiff.Wait(); err != nil {
			t.Error("skiff ended with ", err)
		}
	}
}

func TestSkiffHearsThatPionCloses(t *testing.T) {
	for _, skiffCalls := range []bool{false, true} {
		k, err := open(t, setup{skiffCalls: skiffCalls})
		if err != nil {
			t.Fatal(err)
		}
		k.agreed()
		k.pion.Close()
		if err := k.skiff.Wait(); err != nil {
			t.Error("skiff ended with ", err)
		}
	}
}

// Each end is named by the id it asks for, and by none where it asks for an empty one.
func TestConnectionIDsAreUsedInEachDirection(t *testing.T) {
	theirs := map[bool]func() []byte{
		true: dtls.RandomCIDGenerator(6), false: dtls.OnlySendCIDGenerator()}
	for i := range 8 {
		named, ids := i&1 != 0, -1
		if i&2 != 0 {
			ids = 8
		}
		k, err := open(t, setup{skiffCalls: i&4 != 0, ids: ids,
			options: []dtls.Option{dtls.WithConnectionIDGenerator(theirs[named])}})
		if err != nil {
			t.Fatal(err)
		}
		k.agreed()
		k.pion.SetDeadline(time.Now().Add(patience))
		bytes := make([]byte, 100)
		must(k.pion.Write([]byte("ahoy")))
		if n := must(k.pion.Read(bytes)); string(bytes[:n]) != "ahoy" {
			t.Errorf("pion read %q", bytes[:n])
		}
		if (k.wire.toPion.Load() > 0) != named || (k.wire.toSkiff.Load() > 0) != (ids > 0) {
			t.Errorf("%d records with an id to pion (%v), %d to skiff (%d)",
				k.wire.toPion.Load(), named, k.wire.toSkiff.Load(), ids)
		}
	}
}
