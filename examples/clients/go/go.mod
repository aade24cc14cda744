module go-client

go 1.22

require (
	go.etcd.io/etcd/api/v3 v3.5.16
	go.etcd.io/etcd/client/v3 v3.5.16
	go.uber.org/zap v1.17.0
	google.golang.org/grpc v1.59.0
)
