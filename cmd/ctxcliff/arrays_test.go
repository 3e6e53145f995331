package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// validator is a program that refuses what its job system would refuse; the test is skipped where there is none, but for
// CI.
func validator(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	without(t, "there is no %s on PATH; .ci/run gets it", name)
	return ""
}

// without ends a test that lacks something: in CI it fails.
func without(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// accepts checks that a validator takes the example, and refuses it with one word changed.
func accepts(t *testing.T, example, from, to string, validate func(path string) (string, error)) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("examples", "arrays", example))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), example)
		if wrong {
			text = bytes.Replace(text, []byte(from), []byte(to), 1)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := validate(path); wrong == (err == nil) {
			t.Errorf("%s, spoilt %v: %v\n%s", example, wrong, err, out)
		}
	}
}

// TestActionlint checks the workflow for GitHub Actions: keys, expressions, contexts, events, actions' inputs.
func TestActionlint(t *testing.T) {
	lint := validator(t, "actionlint")
	config := filepath.Join(t.TempDir(), "actionlint.yaml")
	if err := os.WriteFile(config, []byte("self-hosted-runner:\n  labels: [gpu]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	accepts(t, "github-actions.yaml", "matrix.shard", "matrix.shart", func(path string) (string, error) {
		out, err := exec.Command(lint, "-config-file", config, path).CombinedOutput()
		return string(out), err
	})
}

// TestKubernetesTypes checks the job against the types of Kubernetes' own API, strictly.
func TestKubernetesTypes(t *testing.T) {
	kubejob := validator(t, "kubejob")
	accepts(t, "kubernetes.yaml", "backoffLimitPerIndex", "backoffLimitPerIndices", func(path string) (string, error) {
		c := exec.Command(kubejob)
		in, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer in.Close()
		c.Stdin = in
		out, err := c.CombinedOutput()
		return string(out), err
	})
}

// TestSbatch asks a controller of Slurm, with one imagined node, whether it would run the script.
func TestSbatch(t *testing.T) {
	sbatch, controller := validator(t, "sbatch"), validator(t, "slurmctld")
	dir := t.TempDir()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(dir, "slurm.conf")
	text := fmt.Sprintf(`ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=%s
AuthType=auth/none
CredType=cred/none
SlurmctldPort=%s
StateSaveLocation=%s
SlurmctldPidFile=%s/pid
ProctrackType=proctrack/pgid
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
GresTypes=gpu
SuspendProgram=/bin/true
ResumeProgram=/bin/true
SuspendTime=600
NodeName=localhost CPUs=8 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 RealMemory=64000 Gres=gpu:8 State=CLOUD
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`, me.Username, freePort(), dir, dir)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(controller, "-D", "-f", conf)
	c.Env = append(os.Environ(), "SLURM_CONF="+conf)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() { _ = c.Process.Kill(); <-ended; ended <- nil })
	awaitController(t, text, ended)
	accepts(t, "slurm.sbatch", "--signal=B:INT@300", "--signal=B:HELLO@300", func(path string) (string, error) {
		c := exec.Command(sbatch, "--test-only", path)
		c.Env = append(os.Environ(), "SLURM_CONF="+conf)
		out, err := c.CombinedOutput()
		return string(out), err
	})
}

// awaitController waits until the controller listens.
func awaitController(t *testing.T, conf string, ended chan error) {
	t.Helper()
	_, port, _ := strings.Cut(conf, "SlurmctldPort=")
	port, _, _ = strings.Cut(port, "\n")
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- nil
			without(t, "slurmctld does not run here: %v", err)
		default:
		}
		if line, err := net.Dial("tcp", "127.0.0.1:"+port); err == nil {
			line.Close()
			return
		}
	}
	t.Fatal("slurmctld never listened")
}
