// Judges the pods of rendered manifests, read from standard input, by the restricted Pod Security Standard, with the
// API server's own evaluator. It prints each violation, and ends with 1 if there is one of a workload that no argument names.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

func template(object runtime.Object) (*metav1.ObjectMeta, *corev1.PodTemplateSpec) {
	switch workload := object.(type) {
	case *appsv1.Deployment:
		return &workload.ObjectMeta, &workload.Spec.Template
	case *appsv1.StatefulSet:
		return &workload.ObjectMeta, &workload.Spec.Template
	case *appsv1.DaemonSet:
		return &workload.ObjectMeta, &workload.Spec.Template
	}
	return nil, nil
}

func main() {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	check(err)
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme,
		json.SerializerOptions{Yaml: true, Strict: true})
	documents := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	judged, violated := 0, false
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		check(err)
		object, kind, err := strict.Decode(document, nil, nil)
		if runtime.IsNotRegisteredError(err) {
			continue // others' kinds have schemas of their own
		}
		check(err)
		meta, pod := template(object)
		if pod == nil {
			continue
		}
		judged++
		level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec))
		if result.Allowed {
			fmt.Printf("restricted: %s/%s passes\n", kind.Kind, meta.Name)
			continue
		}
		expected := slices.Contains(os.Args[1:], kind.Kind+"/"+meta.Name)
		fmt.Printf("restricted: %s/%s does not pass%s: %s\n", kind.Kind, meta.Name,
			map[bool]string{true: ", as is known"}[expected], result.ForbiddenDetail())
		violated = violated || !expected
	}
	if judged == 0 || violated {
		os.Exit(1)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
