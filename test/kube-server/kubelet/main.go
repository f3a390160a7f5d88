// test-kubelet: the smallest kubelet that makes exec, attach, cp, logs, port-forward, debug and the node proxy real.
// Every pod of the default scheduler is bound to the first node; a pod with a nodeName becomes Running at once (Job pods:
// Succeeded); a deleted one goes at once. A container is a folder DIR/ns/pod, DIR/.bin is first in its PATH; exec runs on this host in it, as -uid, with the container's own env (secretKeyRef, configMapKeyRef, envFrom too) and
// LOG=file of its log. Ports: 7 echoes, 8080 answers HTTP, others go to 127.0.0.1:port.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	rcc "k8s.io/apimachinery/pkg/util/remotecommand"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/kubelet/pkg/cri/streaming/portforward"
	rc "k8s.io/kubelet/pkg/cri/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

var (
	kubeconfig = flag.String("kubeconfig", "", "")
	listen     = flag.String("listen", "127.0.0.1:10250", "")
	node       = flag.String("node", "n0", "comma separated node names to register")
	dir        = flag.String("dir", "pods", "")
	uid        = flag.Int("uid", 65534, "")
	cert       = flag.String("cert", "", "")
	key        = flag.String("key", "", "")
	ca         = flag.String("client-ca", "", "")
	cs         kubernetes.Interface
	pods       cache.Store
)

type kubelet struct{}

func pod(name string) (*corev1.Pod, error) { // name is "ns/pod"
	o, ok, _ := pods.GetByKey(name)
	if !ok {
		return nil, fmt.Errorf("pod %q not found", name)
	}
	return o.(*corev1.Pod), nil
}
func folder(name string) string {
	d := filepath.Join(*dir, name)
	if _, err := os.Stat(d); err != nil {
		_ = os.MkdirAll(d, 0o755)
		_ = os.Chown(d, *uid, *uid)
	}
	return d
}
func logFile(name, container string) string {
	f := filepath.Join(folder(name), "."+container+".log")
	if _, err := os.Stat(f); err != nil {
		_ = os.WriteFile(f, nil, 0o644)
		_ = os.Chown(f, *uid, *uid)
	}
	return f
}
func env(name, container string) []string {
	e := []string{"PATH=" + filepath.Join(*dir, ".bin") + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + folder(name), "HOSTNAME=" + filepath.Base(name), "LOG=" + logFile(name, container)}
	p, err := pod(name)
	if err != nil {
		return e
	}
	ns, ctx := p.Namespace, context.Background()
	for _, c := range p.Spec.Containers {
		if c.Name != container {
			continue
		}
		for _, f := range c.EnvFrom {
			if f.SecretRef != nil {
				if s, err := cs.CoreV1().Secrets(ns).Get(ctx, f.SecretRef.Name, metav1.GetOptions{}); err == nil {
					for k, v := range s.Data {
						e = append(e, f.Prefix+k+"="+string(v))
					}
				}
			}
		}
		for _, v := range c.Env {
			if v.ValueFrom == nil {
				e = append(e, v.Name+"="+v.Value)
			} else if r := v.ValueFrom.SecretKeyRef; r != nil {
				if s, err := cs.CoreV1().Secrets(ns).Get(ctx, r.Name, metav1.GetOptions{}); err == nil {
					e = append(e, v.Name+"="+string(s.Data[r.Key]))
				}
			} else if r := v.ValueFrom.ConfigMapKeyRef; r != nil {
				if s, err := cs.CoreV1().ConfigMaps(ns).Get(ctx, r.Name, metav1.GetOptions{}); err == nil {
					e = append(e, v.Name+"="+s.Data[r.Key])
				}
			}
		}
	}
	return e
}

func (kubelet) ExecInContainer(ctx context.Context, name string, _ types.UID, container string, cmd []string, in io.Reader, out, errw io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize, _ time.Duration) error {
	if len(cmd) == 0 {
		return errors.New("no command")
	}
	c := exec.CommandContext(ctx, cmd[0], cmd[1:]...)
	c.Dir, c.Env = folder(name), env(name, container)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: !tty, Pdeathsig: syscall.SIGKILL} // what runs in a pod ends with us
	if os.Getuid() == 0 {
		c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(*uid), Gid: uint32(*uid)}
	}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	var err error
	if tty {
		c.Env = append(c.Env, "TERM=xterm")
		var f *os.File
		if f, err = pty.Start(c); err == nil {
			done := make(chan struct{})
			go func() {
				for s := range resize {
					_ = pty.Setsize(f, &pty.Winsize{Cols: s.Width, Rows: s.Height})
				}
			}()
			if in != nil {
				go func() { _, _ = io.Copy(f, in) }()
			}
			go func() { _, _ = io.Copy(out, f); close(done) }()
			err = c.Wait()
			<-done
			f.Close()
		}
	} else {
		var w io.WriteCloser
		if in != nil {
			w, _ = c.StdinPipe()
		}
		if out != nil {
			c.Stdout = out
		}
		if errw != nil {
			c.Stderr = errw
		}
		if err = c.Start(); err == nil {
			if w != nil {
				go func() { _, _ = io.Copy(w, in); w.Close() }()
			}
			err = c.Wait()
		}
	}
	var x *exec.ExitError
	if errors.As(err, &x) {
		code := x.ExitCode()
		if ws, ok := x.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			code = 128 + int(ws.Signal())
		}
		return utilexec.CodeExitError{Err: fmt.Errorf("command terminated with exit code %d", code), Code: code}
	}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return utilexec.CodeExitError{Err: err, Code: 127}
	}
	return err
}

func (kubelet) AttachContainer(ctx context.Context, name string, _ types.UID, container string, in io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if in != nil { // what is typed becomes output; end of input ends the session
		go func() {
			b := make([]byte, 32<<10)
			for {
				n, err := in.Read(b)
				if n > 0 {
					_, _ = out.Write(b[:n])
				}
				if err != nil {
					time.Sleep(100 * time.Millisecond)
					stop()
					return
				}
			}
		}()
	}
	st, _ := os.Stat(logFile(name, container))
	return follow(ctx, logFile(name, container), st.Size(), true, out)
}

func (kubelet) PortForward(ctx context.Context, name string, _ types.UID, port int32, s io.ReadWriteCloser) error {
	defer s.Close()
	switch port {
	case 7:
		_, err := io.Copy(s, s)
		return err
	case 8080:
		b := make([]byte, 64<<10)
		if _, err := s.Read(b); err != nil {
			return err
		}
		body := "hello from " + name + ": " + strings.Join(env(name, firstContainer(name)), " ") + "\n"
		_, err := fmt.Fprintf(s, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		return err
	}
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer c.Close()
	go func() { _, _ = io.Copy(c, s); _ = c.(*net.TCPConn).CloseWrite() }()
	_, err = io.Copy(s, c)
	return err
}
func firstContainer(name string) string {
	if p, err := pod(name); err == nil {
		return p.Spec.Containers[0].Name
	}
	return ""
}

func follow(ctx context.Context, file string, from int64, f bool, w io.Writer) error {
	h, err := os.Open(file)
	if err != nil {
		return err
	}
	defer h.Close()
	_, _ = h.Seek(from, 0)
	for {
		if _, err := io.Copy(w, h); err != nil || !f {
			return err
		}
		if fl, ok := w.(http.Flusher); ok {
			fl.Flush()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// a line of the log file may start with an RFC 3339 time and a blank; it is shown only with timestamps=true
type lineWriter struct {
	w     io.Writer
	stamp bool
	limit int64
	buf   []byte
}

func (l *lineWriter) Flush() { l.w.(http.Flusher).Flush() }
func (l *lineWriter) Write(b []byte) (int, error) {
	l.buf = append(l.buf, b...)
	for {
		i := bytes.IndexByte(l.buf, '\n')
		if i < 0 {
			return len(b), nil
		}
		line := l.buf[:i+1]
		t, rest, ok := bytes.Cut(line, []byte(" "))
		if _, err := time.Parse(time.RFC3339Nano, string(t)); !ok || err != nil {
			t, rest = []byte(time.Unix(0, 0).UTC().Format(time.RFC3339Nano)), line
		}
		if l.stamp {
			rest = append(append(append([]byte{}, t...), ' '), rest...)
		}
		if l.limit >= 0 && int64(len(rest)) > l.limit {
			rest = rest[:l.limit]
		}
		if l.limit >= 0 {
			l.limit -= int64(len(rest))
		}
		if _, err := l.w.Write(rest); err != nil {
			return 0, err
		}
		l.buf = l.buf[i+1:]
		if l.limit == 0 {
			return 0, io.ErrShortWrite
		}
	}
}
func logs(w http.ResponseWriter, r *http.Request) {
	name, q := r.PathValue("ns")+"/"+r.PathValue("pod"), r.URL.Query()
	if p, err := pod(name); err != nil || !has(p, r.PathValue("c")) {
		http.Error(w, "container not found", 404)
		return
	}
	file := logFile(name, r.PathValue("c"))
	b, _ := os.ReadFile(file)
	from := int64(0)
	if n, err := strconv.Atoi(q.Get("tailLines")); err == nil {
		lines := bytes.SplitAfter(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
		if len(b) == 0 || n == 0 {
			from = int64(len(b))
		} else if n < len(lines) {
			from = int64(len(bytes.Join(lines[:len(lines)-n], nil)))
		}
	}
	l := &lineWriter{w: w, stamp: q.Get("timestamps") == "true", limit: -1}
	if n, err := strconv.ParseInt(q.Get("limitBytes"), 10, 64); err == nil {
		l.limit = n
	}
	w.Header().Set("Content-Type", "text/plain")
	w.(http.Flusher).Flush()
	_ = follow(r.Context(), file, from, q.Get("follow") == "true", l)
}
func has(p *corev1.Pod, c string) bool {
	for _, x := range p.Spec.Containers {
		if x.Name == c {
			return true
		}
	}
	for _, x := range p.Spec.EphemeralContainers {
		if x.Name == c {
			return true
		}
	}
	return false
}

func sync(key string) error {
	p, err := pod(key)
	if err != nil {
		return nil
	}
	ctx, now, zero := context.Background(), metav1.Now(), int64(0)
	if p.Spec.NodeName == "" && p.DeletionTimestamp == nil && p.Spec.SchedulerName == corev1.DefaultSchedulerName { // nothing else schedules
		to := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: p.Name, UID: p.UID}, Target: corev1.ObjectReference{Kind: "Node", Name: strings.Split(*node, ",")[0]}}
		err := cs.CoreV1().Pods(p.Namespace).Bind(ctx, to, metav1.CreateOptions{})
		if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
			err = nil
		}
		return err
	}
	if p.DeletionTimestamp != nil {
		_ = os.RemoveAll(filepath.Join(*dir, key))
		err := cs.CoreV1().Pods(p.Namespace).Delete(ctx, p.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero, Preconditions: &metav1.Preconditions{UID: &p.UID}})
		if apierrors.IsNotFound(err) {
			err = nil
		}
		return err
	}
	job := len(p.OwnerReferences) > 0 && p.OwnerReferences[0].Kind == "Job"
	if (p.Status.Phase == corev1.PodRunning && len(p.Spec.EphemeralContainers) == len(p.Status.EphemeralContainerStatuses)) || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed || !mine(p.Spec.NodeName) {
		return nil
	}
	s := corev1.PodStatus{Phase: corev1.PodRunning, HostIP: "127.0.0.1", StartTime: &now, PodIP: fmt.Sprintf("10.244.%d.%d", len(key)%256, len(p.Name)%256)}
	if p.Status.StartTime != nil {
		s.StartTime = p.Status.StartTime
	}
	state, ready := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: *s.StartTime}}, corev1.ConditionTrue
	if job {
		s.Phase, ready = corev1.PodSucceeded, corev1.ConditionFalse
		state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}}
	}
	for _, t := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		c := corev1.PodCondition{Type: t, Status: corev1.ConditionTrue, LastTransitionTime: *s.StartTime}
		if t == corev1.PodReady || t == corev1.ContainersReady {
			c.Status = ready
		}
		s.Conditions = append(s.Conditions, c)
	}
	started := !job
	for _, c := range p.Spec.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, corev1.ContainerStatus{Name: c.Name, Image: c.Image, ContainerID: "fake://" + c.Name, Ready: started, Started: &started, State: state})
	}
	for _, c := range p.Spec.EphemeralContainers {
		s.EphemeralContainerStatuses = append(s.EphemeralContainerStatuses, corev1.ContainerStatus{Name: c.Name, Image: c.Image, ContainerID: "fake://" + c.Name, State: state})
	}
	b, _ := json.Marshal(map[string]any{"metadata": map[string]any{"uid": p.UID}, "status": s})
	_, err = cs.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.StrategicMergePatchType, b, metav1.PatchOptions{FieldManager: "test-kubelet"}, "status")
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		err = nil
	}
	return err
}
func mine(n string) bool {
	for _, x := range strings.Split(*node, ",") {
		if x == n {
			return true
		}
	}
	return false
}

func main() {
	flag.Parse()
	*dir, _ = filepath.Abs(*dir)
	cfg, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	cfg.QPS, cfg.Burst = 2000, 4000
	cs = kubernetes.NewForConfigOrDie(cfg)
	ctx := context.Background()
	host, ps, _ := net.SplitHostPort(*listen)
	port, _ := strconv.Atoi(ps)
	q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	f := informers.NewSharedInformerFactory(cs, 0)
	inf := f.Core().V1().Pods().Informer()
	pods = inf.GetStore()
	add := func(o any) {
		if k, err := cache.DeletionHandlingMetaNamespaceKeyFunc(o); err == nil {
			q.Add(k)
		}
	}
	_, _ = inf.AddEventHandler(cache.ResourceEventHandlerFuncs{AddFunc: add, UpdateFunc: func(_, o any) { add(o) }})
	f.Start(ctx.Done())
	f.WaitForCacheSync(ctx.Done())
	for i := 0; i < 8; i++ {
		go func() {
			for {
				k, _ := q.Get()
				if err := sync(k); err != nil {
					log.Print(k, ": ", err)
					q.AddRateLimited(k)
				} else {
					q.Forget(k)
				}
				q.Done(k)
			}
		}()
	}
	var x kubelet
	mux := http.NewServeMux()
	idle, create := 4*time.Hour, 30*time.Second
	mux.HandleFunc("/exec/{ns}/{pod}/{c}", func(w http.ResponseWriter, r *http.Request) {
		o, err := rc.NewOptions(r)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		rc.ServeExec(w, r, x, r.PathValue("ns")+"/"+r.PathValue("pod"), "", r.PathValue("c"), r.URL.Query()["command"], o, idle, create, rcc.SupportedStreamingProtocols)
	})
	mux.HandleFunc("/attach/{ns}/{pod}/{c}", func(w http.ResponseWriter, r *http.Request) {
		o, err := rc.NewOptions(r)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		rc.ServeAttach(w, r, x, r.PathValue("ns")+"/"+r.PathValue("pod"), "", r.PathValue("c"), o, idle, create, rcc.SupportedStreamingProtocols)
	})
	mux.HandleFunc("/portForward/{ns}/{pod}", func(w http.ResponseWriter, r *http.Request) {
		o, err := portforward.NewV4Options(r)
		if err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		portforward.ServePortForward(w, r, x, r.PathValue("ns")+"/"+r.PathValue("pod"), "", o, idle, create, portforward.SupportedProtocols)
	})
	mux.HandleFunc("GET /containerLogs/{ns}/{pod}/{c}", logs)
	mux.HandleFunc("POST /run/{ns}/{pod}/{c}", func(w http.ResponseWriter, r *http.Request) {
		_ = x.ExecInContainer(r.Context(), r.PathValue("ns")+"/"+r.PathValue("pod"), "", r.PathValue("c"), strings.Fields(r.FormValue("cmd")), nil, nopc{w}, nopc{w}, false, nil, 0)
	})
	mux.HandleFunc("GET /pods", func(w http.ResponseWriter, _ *http.Request) {
		l := corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}}
		for _, o := range pods.List() {
			l.Items = append(l.Items, *o.(*corev1.Pod))
		}
		sort.Slice(l.Items, func(i, j int) bool {
			return l.Items[i].Namespace+l.Items[i].Name < l.Items[j].Namespace+l.Items[j].Name
		})
		_ = json.NewEncoder(w).Encode(l)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	pool := x509.NewCertPool()
	b, err := os.ReadFile(*ca)
	if err != nil || !pool.AppendCertsFromPEM(b) {
		log.Fatal("client-ca: ", err)
	}
	s := &http.Server{Addr: *listen, Handler: mux, TLSConfig: &tls.Config{ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, NextProtos: []string{"http/1.1"}}}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	for _, n := range strings.Split(*node, ",") {
		_, err := cs.CoreV1().Nodes().Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n, Labels: map[string]string{"kubernetes.io/hostname": n}}}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			log.Fatal(err)
		}
		now := metav1.Now()
		b, _ := json.Marshal(map[string]any{"status": corev1.NodeStatus{Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: host}, {Type: corev1.NodeHostName, Address: n}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(port)}}, NodeInfo: corev1.NodeSystemInfo{KubeletVersion: "v1.34.4", Architecture: "amd64", OperatingSystem: "linux"},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Fake", LastHeartbeatTime: now, LastTransitionTime: now}}}})
		if _, err := cs.CoreV1().Nodes().Patch(ctx, n, types.StrategicMergePatchType, b, metav1.PatchOptions{}, "status"); err != nil {
			log.Fatal(err)
		}
	}
	log.Fatal(s.ServeTLS(l, *cert, *key))
}

type nopc struct{ io.Writer }

func (nopc) Close() error { return nil }
