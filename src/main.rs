//! temp
#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let mut config = openline::config::Config::default();
    config.listen = std::env::var("OPENLINE_LISTEN").unwrap_or("127.0.0.1:3111".into()).parse().unwrap();
    config.metrics = Some("127.0.0.1:9911".parse().unwrap());
    config.data = openline::config::DataPlace::Memory;
    config.routes.insert("/chat".into(), "lobby?only=data".into());
    let server = openline::server::Server::bind(config).await.unwrap();
    server
        .run(async {
            let _ = tokio::signal::ctrl_c().await;
        })
        .await
        .unwrap();
}
