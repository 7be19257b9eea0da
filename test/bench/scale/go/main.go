// A minimal controller of the usual make, to be compared with enbi's: the same watches, and one Job for each image that
// annotated Pods wait for. It keeps whole objects, as controllers of this make do unless their authors take care.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	annotation = "enbi.hrzn.ee/nixbuild-flakeUrl"
	imageKey   = "scale.test/image"
)

var managed = labels.SelectorFromSet(labels.Set{"app.kubernetes.io/managed-by": "enbi"})

func main() {
	port := flag.Int("port", 8080, "of /readyz and /stats")
	flag.Parse()
	log.SetLogger(zap.New())
	if err := run(*port); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(port int) error {
	config := ctrl.GetConfigOrDie()
	config.QPS, config.Burst = 1000, 1000
	mgr, err := ctrl.NewManager(config, manager.Options{
		Metrics: metricsserver.Options{BindAddress: "0"},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&corev1.Pod{}: {Field: fields.AndSelectors(
				fields.OneTermNotEqualSelector("status.phase", "Succeeded"),
				fields.OneTermNotEqualSelector("status.phase", "Failed"))},
			&corev1.PersistentVolume{}:      {Label: managed},
			&corev1.PersistentVolumeClaim{}: {Label: managed},
			&batchv1.Job{}:                  {Label: managed},
		}},
	})
	if err != nil {
		return err
	}
	watched := []client.Object{
		&corev1.Node{}, &corev1.Namespace{}, &corev1.PersistentVolume{}, &corev1.PersistentVolumeClaim{},
		custom("NixBuild"), custom("NixStore"),
	}
	for _, object := range watched {
		if _, err := mgr.GetCache().GetInformer(context.Background(), object); err != nil {
			return err
		}
	}
	reconciler := &reconciler{client: mgr.GetClient()}
	err = ctrl.NewControllerManagedBy(mgr).For(&corev1.Pod{}).Owns(&batchv1.Job{}).Complete(reconciler)
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	delays := &delays{}
	go delays.measure(ctx)
	go serve(ctx, port, mgr.GetCache(), delays)
	return mgr.Start(ctx)
}

func custom(kind string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(schema.GroupVersionKind{Group: "enbi.hrzn.ee", Version: "v1alpha1", Kind: kind})
	return object
}

type reconciler struct{ client client.Client }

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var pod corev1.Pod
	if err := r.client.Get(ctx, request.NamespacedName, &pod); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if pod.Annotations[annotation] == "" {
		return ctrl.Result{}, nil
	}
	for _, status := range pod.Status.ContainerStatuses {
		waiting := status.State.Waiting
		if waiting == nil || (waiting.Reason != "ErrImagePull" && waiting.Reason != "ImagePullBackOff") {
			continue
		}
		if err := r.build(ctx, pod.Namespace, status.Image); err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{}, nil
}

func (r *reconciler) build(ctx context.Context, namespace, image string) error {
	name := fmt.Sprintf("build-%x", sha256.Sum256([]byte(image)))[:20]
	var there batchv1.Job
	err := r.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &there)
	if !apierrors.IsNotFound(err) {
		return err
	}
	job := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name,
			Labels:      map[string]string{"app.kubernetes.io/managed-by": "enbi"},
			Annotations: map[string]string{imageKey: image},
		},
		Spec: batchv1.JobSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever,
			Containers:    []corev1.Container{{Name: "build", Image: "enbi.test/enbi:1"}},
		}}},
	}
	err = r.client.Create(ctx, job)
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// delays: how late a timer of 10 ms fires, as Node measures it of its event loop.
type delays struct {
	mutex sync.Mutex
	late  []float64
}

func (d *delays) measure(ctx context.Context) {
	const step = 10 * time.Millisecond
	for ctx.Err() == nil {
		before := time.Now()
		time.Sleep(step)
		d.mutex.Lock()
		d.late = append(d.late, float64(time.Since(before)-step)/float64(time.Millisecond))
		d.mutex.Unlock()
	}
}

func (d *delays) p99() float64 {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	sorted := slices.Clone(d.late)
	slices.Sort(sorted)
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)*99/100]
}

func serve(ctx context.Context, port int, synced cache.Cache, delays *delays) {
	ready := make(chan struct{})
	go func() {
		if synced.WaitForCacheSync(ctx) {
			close(ready)
		}
	}()
	http.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-ready:
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("/stats", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]float64{"loopDelayMsP99": delays.p99()})
	})
	if err := http.ListenAndServe(fmt.Sprintf("127.0.0.1:%d", port), nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
