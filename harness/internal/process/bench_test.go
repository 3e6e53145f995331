//go:build linux

package process

import (
	"context"
	"os/exec"
	"testing"
)

// BenchmarkStartStop shows what a guard costs: compare "guarded" with "bare".
func BenchmarkStartStop(b *testing.B) {
	b.Run("guarded", func(b *testing.B) {
		for b.Loop() {
			p, err := Start(context.Background(), Spec{Argv: []string{"/bin/sleep", "1000"}})
			if err != nil {
				b.Fatal(err)
			}
			p.Stop(context.Background(), 0)
		}
	})
	b.Run("guarded, start only", func(b *testing.B) {
		for b.Loop() {
			p, err := Start(context.Background(), Spec{Argv: []string{"/bin/sleep", "1000"}})
			if err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			p.Stop(context.Background(), 0)
			b.StartTimer()
		}
	})
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			cmd := exec.Command("/bin/sleep", "1000")
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
}
