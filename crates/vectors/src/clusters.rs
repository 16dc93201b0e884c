//! Groups of vectors that lie close together.

mod agglomerative;
mod kmeans;
mod seeding;

pub use agglomerative::{Linkage, MAX_AGGLOMERATED, agglomerate};
pub use kmeans::{Clusters, KMeans, KMeansSettings};
